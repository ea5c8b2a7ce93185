/// @file
/// How secrets reach a cell: as `NAME=value` in the environment, which runsc reads from
/// `config.json` and keeps in its own state file for as long as the cell lives, or as files in
/// `/run/secrets`. Either way they are files of the cell's directory meanwhile (mode 0700), so that
/// one must lie in memory: a document with secrets is refused where it doesn't. Memory of a tmpfs
/// can be swapped; who minds has no swap, or an encrypted one.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/core/secret.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/host/gvisor/config.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/stat.h>

namespace cellos::inline CELLOS_ABI::gvisor {

/// Where the workload finds secrets with `file` delivery: one file each, of its own user, mode
/// 0400.
inline constexpr const char* secrets_place = "/run/secrets";

/// Whether this document's secrets become files.
template <class = IfUsed>
[[nodiscard]] bool has_secret_files(const ExecutionCellSpec& spec) noexcept {
    return spec.run && spec.run->secret_delivery == SecretDelivery::File &&
           !spec.authority.secret_refs.empty();
}

namespace detail {

/// `"NAME=value"` as JSON writes it.
template <class = IfUsed>
[[nodiscard]] Secret json_variable(std::string_view name, std::string_view value) {
    SecretMemory memory{json_string_length(name) + json_string_length(value)};
    char* end = memory.data();
    const auto append = [&](std::string_view text) {
        for (const char c : text) {
            constexpr std::string_view special = "\"\\\b\f\n\r\t";
            constexpr std::string_view letters = "\"\\bfnrt";
            const auto code = static_cast<unsigned char>(c);
            if (const std::size_t found = special.find(c); found != special.npos) {
                *end++ = '\\';
                *end++ = letters[found];
            } else if (code < 0x20) {
                for (const char escaped : {'\\', 'u', '0', '0'}) *end++ = escaped;
                *end++ = "0123456789abcdef"[code >> 4];
                *end++ = "0123456789abcdef"[code & 15];
            } else {
                *end++ = c;
            }
        }
    };
    *end++ = '"';
    append(name);
    *end++ = '=';
    append(value);
    *end++ = '"';
    const auto size = static_cast<std::size_t>(end - memory.data());
    return {std::move(memory), size};
}

} // namespace detail

/// Whether all secrets can be variables of an environment. The error names the first that cannot.
template <class = IfUsed>
[[nodiscard]] Result<void> check_secret_variables(const std::vector<ResolvedSecret>& secrets) {
    for (const ResolvedSecret& secret : secrets) {
        if (!is_text(secret.value.reveal()))
            return failure(
                CellosError::Kind::SecretBroker,
                "the secret " + secret.name +
                    " is not UTF-8 without NUL and cannot be an environment variable: deliver it "
                    "as a file"
            );
    }
    return {};
}

/// Writes a new `bundle/config.json` below `cell`: `text`, with the secrets, at least one, in the
/// place of the variable `placeholder`, which stands nowhere else in it. So no value passes through
/// a JSON library, which would leave copies of it behind.
template <class = IfUsed>
[[nodiscard]] Result<void> write_config(
    int cell,
    std::string_view text,
    std::string_view placeholder,
    const std::vector<ResolvedSecret>& secrets
) {
    if (auto possible = check_secret_variables(secrets); !possible) return possible;
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    auto file = os::open_at(cell, "bundle/config.json", flags, 0600);
    if (!file) return failure_of(file);
    const std::string quoted = std::string{"\""}.append(placeholder).append("\"");
    const std::size_t place = text.find(quoted);
    if (auto written = os::write_all(file->get(), text.substr(0, place)); !written) return written;
    for (const ResolvedSecret& secret : secrets) {
        const Secret entry = detail::json_variable(secret.name, secret.value.reveal());
        if (&secret != &secrets.front()) {
            if (auto written = os::write_all(file->get(), ","); !written) return written;
        }
        if (auto written = os::write_all(file->get(), entry.reveal()); !written) return written;
    }
    return os::write_all(file->get(), text.substr(place + quoted.size()));
}

/// Makes the directory `secrets` below `cell`, in which only the cell's user can read, one file for
/// each.
template <class = IfUsed>
[[nodiscard]] Result<void> write_secret_files(
    int cell, const std::vector<ResolvedSecret>& secrets, CellUser user
) {
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
    auto directory = os::open_at(cell, "secrets", flags);
    if (!directory) return failure_of(directory);
    const auto give = [user](int fd, mode_t mode) {
        return ::fchown(fd, user.uid, user.gid) == 0 && ::fchmod(fd, mode) == 0;
    };
    for (const ResolvedSecret& secret : secrets) {
        constexpr int create = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
        auto file = os::open_at(directory->get(), secret.name.c_str(), create, 0400);
        if (!file) return failure_of(file);
        if (auto written = os::write_all(file->get(), secret.value.reveal()); !written)
            return written;
        if (!give(file->get(), 0400)) return os::failure("cannot give the cell its secrets");
    }
    if (!give(directory->get(), 0500)) return os::failure("cannot give the cell its secrets");
    return {};
}

/// Removes what holds secrets in the cell's directory. The cell may live on for a while, until its
/// artifacts are out; nobody in it needs them any more.
template <class = IfUsed>
void remove_secrets(const std::filesystem::path& cell) {
    std::error_code ignored;
    std::filesystem::remove(cell / "bundle" / "config.json", ignored);
    std::filesystem::remove_all(cell / "secrets", ignored);
    for (const auto& entry : std::filesystem::directory_iterator{cell / "runsc", ignored}) {
        if (entry.path().extension() == ".state") std::filesystem::remove(entry.path(), ignored);
    }
}

} // namespace cellos::inline CELLOS_ABI::gvisor
