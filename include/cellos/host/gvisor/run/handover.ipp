#pragma once

#include <cellos/core/text_syntax.hpp>
#include <cellos/host/gvisor/run/handover.hpp>
#include <cellos/host/sandbox/secrets.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/random.hpp>

#include <cstddef>
#include <filesystem>
#include <span>
#include <utility>
#include <variant>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// The number of a limit that the bundle knows by its name.
[[nodiscard]] constexpr std::uint64_t rlimit_number(std::string_view name) noexcept {
    if (name == "RLIMIT_AS") return RLIMIT_AS;
    if (name == "RLIMIT_NPROC") return RLIMIT_NPROC;
    if (name == "RLIMIT_NOFILE") return RLIMIT_NOFILE;
    if (name == "RLIMIT_FSIZE") return RLIMIT_FSIZE;
    return RLIM_NLIMITS;
}

template <class T>
void append_bytes(std::string& to, const T& value) {
    to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

} // namespace detail

CELLOS_DECL Result<Handover> Handover::make(
    const CellPlan& plan, const RunContext& context, bool group_limits_memory
) {
    Handover handover;
    if (auto filled = os::random_bytes(std::as_writable_bytes(std::span{handover.head_.nonce}));
        !filled)
        return failure_of(filled);
    if (auto added = handover.add_text(plan, context, group_limits_memory); !added)
        return failure_of(added);
    for (const InputFile& input : context.inputs) {
        if (auto added = handover.add_input(input); !added) return failure_of(added);
    }
    if (plan.secrets == SecretsAs::Files) {
        for (const ResolvedSecret& secret : context.secrets)
            handover.add_file(secret.name, secret.value.reveal(), handover.head_.secrets);
    }
    std::string head;
    detail::append_bytes(head, handover.head_);
    handover.pieces_.emplace_front(handover.keep(std::move(head)));
    return handover;
}

CELLOS_DECL std::deque<os::InputFeed::Piece> Handover::take_pieces() {
    return std::move(pieces_);
}

CELLOS_DECL std::string Handover::nonce() const {
    return {reinterpret_cast<const char*>(head_.nonce), sizeof head_.nonce};
}

inline Result<void> Handover::add_text(
    const CellPlan& plan, const RunContext& context, bool group_limits_memory
) {
    std::string text;
    for (const oci::Rlimit& limit : process_limits(plan, group_limits_memory)) {
        if (limit.type == "RLIMIT_CORE") continue; // every sandbox boots with it
        const launcher::Limit each{
            .value = limit.soft, .resource = detail::rlimit_number(limit.type)};
        detail::append_bytes(text, each);
        ++head_.limits;
    }
    const std::size_t limits_size = text.size();
    const auto add = [&text](std::string_view string) { text.append(string).push_back('\0'); };
    add(plan.hostname);
    add(plan.working_directory.path);
    for (const std::string& argument : plan.argv) add(argument);
    for (const std::string& variable : plan.environment) add(variable);
    std::size_t text_size = text.size() - limits_size;
    std::size_t variables = plan.environment.size();
    pieces_.emplace_back(keep(std::move(text)));

    if (plan.secrets != SecretsAs::Files) {
        if (auto possible = sandbox::check_secret_variables(context.secrets); !possible)
            return possible;
        for (const ResolvedSecret& secret : context.secrets) {
            const std::string_view value = secret.value.reveal();
            pieces_.emplace_back(keep(secret.name + '='));
            pieces_.emplace_back(value);
            pieces_.emplace_back(std::string_view{"\0", 1});
            text_size += secret.name.size() + value.size() + 2;
            ++variables;
        }
    }
    if (text_size > launcher::max_text_bytes ||
        plan.argv.size() + variables > launcher::max_strings)
        return failure(
            CellosError::Kind::Unsupported,
            "its arguments and variables are more than can be handed over"
        );
    head_.arguments = static_cast<std::uint32_t>(plan.argv.size());
    head_.variables = static_cast<std::uint32_t>(variables);
    head_.text_bytes = static_cast<std::uint32_t>(text_size);
    return {};
}

inline Result<void> Handover::add_input(const InputFile& input) {
    if (const auto* bytes = std::get_if<std::string>(&input.source)) {
        add_file(input.name, *bytes, head_.inputs);
        return {};
    }
    const auto& path = std::get<std::filesystem::path>(input.source);
    auto file = os::open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_NONBLOCK);
    struct stat info {};
    if (!file || ::fstat(file->get(), &info) == -1 || !S_ISREG(info.st_mode)) {
        return failure(
            CellosError::Kind::Host,
            "cannot read the input file '" + input.name +
                "': " + (file ? "it is no regular file" : file.error().message)
        );
    }
    const auto size = static_cast<std::uint64_t>(info.st_size);
    add_file_header(input.name, size, head_.inputs);
    pieces_.emplace_back(os::InputFeed::FilePart{*std::move(file), size});
    return {};
}

inline void Handover::add_file(
    const std::string& name, std::string_view content, std::uint32_t& count
) {
    add_file_header(name, content.size(), count);
    pieces_.emplace_back(content);
}

inline void Handover::add_file_header(
    const std::string& name, std::uint64_t size, std::uint32_t& count
) {
    std::string header;
    detail::append_bytes(header, launcher::File{.bytes = size, .name_bytes = name.size() + 1});
    header.append(name).push_back('\0');
    pieces_.emplace_back(keep(std::move(header)));
    ++count;
}

inline std::string_view Handover::keep(std::string text) {
    return owned_.emplace_back(std::move(text));
}

} // namespace cellos::inline CELLOS_ABI::gvisor
