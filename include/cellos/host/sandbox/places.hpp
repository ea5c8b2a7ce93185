#pragma once

#include <cellos/core/config.hpp>
#include <cellos/host/sandbox/config.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// @file
/// The places that every cell has, and how paths in a cell are compared. Pure and portable: nothing
/// here looks at the host.

namespace cellos::inline CELLOS_ABI::sandbox {

/// The directories that belong to `/usr`: on a merged-/usr system they are links into it, on an
/// older one real directories. And `/etc/alternatives`, whose links choose between programs:
/// creating and removing its hundreds of links for each cell would take longer than bind-mounting
/// it.
inline constexpr std::array<std::string_view, 6> system_directories{
    "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives"};

/// File systems that every cell gets; nothing else can be mounted there or below.
inline constexpr std::array<std::string_view, 4> own_places{"/proc", "/sys", "/dev", "/inputs"};

/// Where the workload finds secrets with `file` delivery: one file each, owned by its user, mode
/// 0400.
inline constexpr const char* secrets_place = "/run/secrets";

/// The home directory of the workload's user in a SystemRootfs: writable, and the cell's own.
inline constexpr const char* home_place = "/home/cell";

/// Size of each scratch file system, in bytes, unless the document sets another.
inline constexpr std::int64_t default_scratch_bytes = std::int64_t{256} << 20;

/// The absolute path without `.` components and without doubled or trailing slashes. Not done with
/// std::filesystem::path, whose rules differ between platforms.
[[nodiscard]] CELLOS_DECL std::string normal_path(std::string_view path);

/// Whether the normal path `path` is `place` or is inside it. `place` must not be `/`.
[[nodiscard]] constexpr bool at_or_below(std::string_view path, std::string_view place) noexcept {
    return path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/');
}

/// Whether `path` is one of `places` or is inside one.
[[nodiscard]] constexpr bool in_any(
    std::span<const std::string_view> places, std::string_view path
) noexcept {
    return std::any_of(places.begin(), places.end(), [path](std::string_view place) {
        return at_or_below(path, place);
    });
}

/// Whether it is a SystemRootfs.
[[nodiscard]] CELLOS_DECL bool is_system(const Rootfs& rootfs) noexcept;

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/places.ipp>
#endif
