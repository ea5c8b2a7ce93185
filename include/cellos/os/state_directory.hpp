#pragma once

#include <cellos/core/hex.hpp>
#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <filesystem>
#include <string>
#include <string_view>

/// @file
/// A directory for files that this program keeps only while it runs, and random names for them.
/// Thread-safe as long as no thread changes the environment (setenv) meanwhile.

namespace cellos::inline CELLOS_ABI::os {

/// Whether files in `path` are only in memory (and perhaps in swap), never on a disk. False if
/// `path` does not exist.
[[nodiscard]] CELLOS_DECL bool memory_backed(const char* path) noexcept;

/// Where temporary state goes by default: in memory where possible, since the files are small,
/// short-lived, and may hold secrets. Does not create it.
[[nodiscard]] CELLOS_DECL std::filesystem::path default_state_directory();

/// Opens `path`, and creates it with mode 0700 (and its parents) if it doesn't exist. Its parent
/// may be writable by other users, so it is refused (Host) if it is a link, belongs to another
/// user, or gives others access.
[[nodiscard]] CELLOS_DECL Result<Descriptor> open_private_directory(
    const std::filesystem::path& path
);

/// 80 random bits as 20 hexadecimal digits. The length never varies, so no id is a prefix of
/// another. Fails (Host) as random_bytes() does.
[[nodiscard]] CELLOS_DECL Result<std::string> random_id();

/// Whether `name` has the form of a random_id().
[[nodiscard]] constexpr bool is_random_id(std::string_view name) noexcept {
    return name.size() == 20 && name.find_first_not_of(hex_digits) == std::string_view::npos;
}

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/state_directory.ipp>
#endif
