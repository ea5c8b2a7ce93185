#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>

#include <filesystem>
#include <span>
#include <string_view>

/// @file
/// Everything that a cell uses of the host must exist before runsc is called: runsc creates missing
/// places on the host, or fails with nothing but "EOF". Errors are Host and say what is missing.
/// Nothing here changes the host. Thread-safe.

namespace cellos::inline CELLOS_ABI::gvisor {

/// Checks that the sources of bind mounts exist. The error has one line for each missing one.
[[nodiscard]] CELLOS_DECL Result<void> check_mount_sources(std::span<const MountPoint> points);

/// Checks that a working directory on the host (working_directory_on_host()) exists.
[[nodiscard]] CELLOS_DECL Result<void> check_working_directory(const PlaceOnHost& place);

/// Checks that a rootfs that the cell does not own is a directory and has every mount point,
/// reached without links. The error has one line for each that must be created.
[[nodiscard]] CELLOS_DECL Result<void> check_directory_rootfs(
    const std::filesystem::path& path, std::span<const MountPoint> points
);

/// Whether a DirectoryRootfs has files at this path of the cell (for CellFacts). False if the path
/// does not exist.
[[nodiscard]] CELLOS_DECL bool has_content(
    const std::filesystem::path& rootfs, std::string_view cell
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/host_places.ipp>
#endif
