#pragma once

#include <cellos/core/hex.hpp>
#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <filesystem>
#include <string>
#include <string_view>

/// @file
/// A directory for what this program keeps only while it works, and names for what lies in it.
/// Thread-safe as far as nobody changes the environment meanwhile.

namespace cellos::inline CELLOS_ABI::os {

/// Whether files there never reach a disk, but for swapping. False, too, if `path` is not there.
[[nodiscard]] CELLOS_DECL bool memory_backed(const char* path) noexcept;

/// Where temporary state goes unless the operator says otherwise. In memory where possible: the
/// files are small, short-lived, and may hold secrets. Makes nothing.
[[nodiscard]] CELLOS_DECL std::filesystem::path default_state_directory();

/// Opens `path`, made with mode 0700 if it is not there. It may lie in a directory that others can
/// write to, so one that is a link, belongs to somebody else or lets others in is refused (Host).
[[nodiscard]] CELLOS_DECL Result<Descriptor> open_private_directory(
    const std::filesystem::path& path
);

/// 80 random bits as 20 hexadecimal digits. Always the same length, so that no id is another's
/// prefix. Fails (Host) as random_bytes() does.
[[nodiscard]] CELLOS_DECL Result<std::string> random_id();

/// Whether `name` could be one of them.
[[nodiscard]] constexpr bool is_random_id(std::string_view name) noexcept {
    return name.size() == 20 && name.find_first_not_of(hex_digits) == std::string_view::npos;
}

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/state_directory.ipp>
#endif
