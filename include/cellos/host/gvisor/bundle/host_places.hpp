#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>

#include <filesystem>
#include <span>
#include <string_view>

/// @file
/// What a cell uses of the host must be there before runsc is called, which makes on the host what
/// it doesn't find, or only says "EOF". Errors are Host and say what is missing. Nothing here
/// changes the host.

namespace cellos::inline CELLOS_ABI::gvisor {

/// What is bound into the cell must be there. One line for each that is missing.
[[nodiscard]] CELLOS_DECL Result<void> check_mount_sources(std::span<const MountPoint> points);

/// A working directory that the host keeps (working_directory_on_host()) must be there.
[[nodiscard]] CELLOS_DECL Result<void> check_working_directory(const PlaceOnHost& place);

/// A rootfs that the cell does not own must be a directory and hold every mount point, reached
/// without links. The error says what to make, one line for each.
[[nodiscard]] CELLOS_DECL Result<void> check_directory_rootfs(
    const std::filesystem::path& path, std::span<const MountPoint> points
);

/// Whether a DirectoryRootfs holds files at this place of the cell (CellFacts asks). False
/// where nothing is.
[[nodiscard]] CELLOS_DECL bool has_content(
    const std::filesystem::path& rootfs, std::string_view cell
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/host_places.ipp>
#endif
