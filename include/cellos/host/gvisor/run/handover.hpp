#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/confinement.hpp>
#include <cellos/host/gvisor/config.hpp>
#include <cellos/host/gvisor/launcher/wire.hpp>
#include <cellos/host/sandbox/places.hpp>
#include <cellos/host/sandbox/secrets.hpp>
#include <cellos/os/input_feed.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>

/// @file
/// What a sandbox that was booted ahead is told of its cell, as the launcher reads it.

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

/// The number of a limit that the bundle knows by its name.
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

/// One run's hand-over. Values of secrets are read where the context keeps them, and copied
/// nowhere but into the pipe.
template <class = IfUsed>
class BasicHandover {
public:
    /// Opens the input files of the host. What the cold way refuses is refused here in the same
    /// words. Unsupported: the hand-over has no room for so much.
    [[nodiscard]] static Result<BasicHandover> make(
        const RunContext& context, const BundleParameters& parameters
    ) {
        BasicHandover handover;
        if (::getrandom(handover.head_.nonce, sizeof handover.head_.nonce, 0) !=
            sizeof handover.head_.nonce)
            return os::failure("no random numbers");
        if (auto added = handover.add_text(context, parameters); !added) return failure_of(added);
        for (const InputFile& input : context.inputs) {
            if (auto added = handover.add_input(input); !added) return failure_of(added);
        }
        if (has_secret_files(context.document.spec)) {
            for (const ResolvedSecret& secret : context.secrets)
                handover.add_file(secret.name, secret.value.reveal(), handover.head_.secrets);
        }
        std::string head;
        detail::append_bytes(head, handover.head_);
        handover.pieces_.emplace_front(handover.keep(std::move(head)));
        return handover;
    }

    /// To be called once. The pieces name memory of this object and of the context.
    [[nodiscard]] std::deque<os::InputFeed::Piece> take_pieces() { return std::move(pieces_); }

    /// What a failure of the launcher begins with.
    [[nodiscard]] std::string nonce() const {
        return {reinterpret_cast<const char*>(head_.nonce), sizeof head_.nonce};
    }

private:
    BasicHandover() = default;

    [[nodiscard]] Result<void> add_text(
        const RunContext& context, const BundleParameters& parameters
    ) {
        const ExecutionCellSpec& spec = context.document.spec;
        const RunSpec& run = *spec.run;
        std::string text;
        for (const oci::Rlimit& limit :
             detail::rlimits(run.limits.value_or(Limits{}), parameters)) {
            if (limit.type == "RLIMIT_CORE") continue; // every sandbox boots with it
            const launcher::Limit each{
                .value = limit.soft, .resource = detail::rlimit_number(limit.type)};
            detail::append_bytes(text, each);
            ++head_.limits;
        }
        const std::size_t limits_size = text.size();
        const auto add = [&text](std::string_view string) { text.append(string).push_back('\0'); };
        add(hostname(spec.id));
        add(working_directory(run));
        for (const std::string& argument : run.argv) add(argument);
        for (const auto& [name, value] : context.environment)
            add(std::string{name}.append("=").append(value));
        std::size_t text_size = text.size() - limits_size;
        std::size_t variables = context.environment.size();
        pieces_.emplace_back(keep(std::move(text)));

        if (!has_secret_files(spec)) {
            if (auto possible = check_secret_variables(context.secrets); !possible) return possible;
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
            run.argv.size() + variables > launcher::max_strings)
            return failure(
                CellosError::Kind::Unsupported,
                "its arguments and variables are more than can be handed over"
            );
        head_.arguments = static_cast<std::uint32_t>(run.argv.size());
        head_.variables = static_cast<std::uint32_t>(variables);
        head_.text_bytes = static_cast<std::uint32_t>(text_size);
        return {};
    }

    [[nodiscard]] Result<void> add_input(const InputFile& input) {
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

    void add_file(const std::string& name, std::string_view content, std::uint32_t& count) {
        add_file_header(name, content.size(), count);
        pieces_.emplace_back(content);
    }

    void add_file_header(const std::string& name, std::uint64_t size, std::uint32_t& count) {
        std::string header;
        detail::append_bytes(header, launcher::File{.bytes = size, .name_bytes = name.size() + 1});
        header.append(name).push_back('\0');
        pieces_.emplace_back(keep(std::move(header)));
        ++count;
    }

    [[nodiscard]] std::string_view keep(std::string text) {
        return owned_.emplace_back(std::move(text));
    }

    launcher::Handover head_{};
    std::deque<std::string> owned_{}; // whose elements stay where they are when it is moved
    std::deque<os::InputFeed::Piece> pieces_{};
};

using Handover = BasicHandover<>;

/// What the launcher's failure means for the run of `program`, in the words of a cold run.
template <class = IfUsed>
[[nodiscard]] CellosError launcher_error(std::string_view message, const std::string& program) {
    launcher::Failure told;
    std::memcpy(&told, message.data(), sizeof told);
    using enum launcher::Step;
    using Kind = CellosError::Kind;
    if (told.step == Search || (told.step == Execute && told.error == ENOENT))
        return {Kind::CommandNotFound, program};
    if (told.step == Execute &&
        (told.error == EACCES || told.error == ENOEXEC || told.error == ENOTDIR))
        return {Kind::CommandNotExecutable, program};
    const auto what = [&]() -> std::string_view {
        switch (told.step) {
        case Read: return "the sandbox did not understand what to run";
        case Inputs: return "the sandbox could not write the input files";
        case Hostname: return "the sandbox could not take its name";
        case Drop: return "the sandbox could not give up its privileges";
        case Secrets: return "the sandbox could not write the secrets";
        case Limits: return "the sandbox could not set a limit";
        case Directory: return "the workload's working directory cannot be entered";
        case Search:
        case Execute: break;
        }
        return "the program cannot be executed";
    };
    return {Kind::SandboxFailed, os::failure(what(), told.error).value().message};
}

} // namespace cellos::inline CELLOS_ABI::gvisor
