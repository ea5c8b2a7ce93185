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
/// Which places every cell has, and how paths of a cell are compared. Pure and portable: nothing
/// here looks at the host.

namespace cellos::inline CELLOS_ABI::sandbox {

/// What belongs to `/usr`: what a merged-/usr system keeps as links into it, and an older one as
/// directories; and the links that choose between its programs. Those are hundreds, and to make
/// them for each cell and remove them takes longer than to bind their directory.
inline constexpr std::array<std::string_view, 6> system_directories{
    "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives"};

/// The cell's own file systems; nothing else is mounted there or below.
inline constexpr std::array<std::string_view, 4> own_places{"/proc", "/sys", "/dev", "/inputs"};

/// Where the workload finds secrets with `file` delivery: one file each, of its own user, mode
/// 0400.
inline constexpr const char* secrets_place = "/run/secrets";

/// Size of each scratch file system where the document sets none.
inline constexpr std::int64_t default_scratch_bytes = std::int64_t{256} << 20;

/// The absolute path without `.`, doubled and trailing slashes. Not std::filesystem::path, which
/// has other rules on other hosts.
[[nodiscard]] CELLOS_DECL std::string normal_path(std::string_view path);

/// Whether the normal path `path` is `place`, which is not `/`, or lies in it.
[[nodiscard]] constexpr bool at_or_below(std::string_view path, std::string_view place) noexcept {
    return path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/');
}

/// Whether one of `places` is `path` or holds it.
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
