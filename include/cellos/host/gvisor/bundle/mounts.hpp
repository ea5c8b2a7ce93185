/// @file
/// The mounts of a planned cell. Pure and portable: nothing here looks at the host.
///
/// runsc creates a missing working directory, or a missing mount point, **on the host**, even in a
/// read-only root or below a read-only bind mount (`/usr/new` appeared on the host). So every place
/// that the document names must be known to exist before runsc is called, unless it is in a root
/// made for this cell: mount_points() and working_directory_on_host() list what to check.
#pragma once

#include <cellos/host/gvisor/bundle/oci.hpp>
#include <cellos/host/gvisor/bundle/places.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI::gvisor {

/// A directory of the host, and the relative path from there to the part that the cell uses.
struct PlaceOnHost {
    std::filesystem::path directory{};
    std::string below{}; ///< relative; empty: the directory itself
};

/// Where the working directory is on the host; empty if it is not on the host. It must be a
/// directory, reached without links.
[[nodiscard]] CELLOS_DECL std::optional<PlaceOnHost> working_directory_on_host(
    const CellPlan& plan, const CellPlaces& places
);

/// A recursive bind mount of `source`, a file or directory.
[[nodiscard]] CELLOS_DECL oci::Mount bind_mount(
    const std::filesystem::path& source, std::string destination, bool writable
);

/// All mounts of the cell; a mount comes before those inside it.
[[nodiscard]] CELLOS_DECL std::vector<oci::Mount> cell_mounts(
    const CellPlan& plan, const CellPlaces& places
);

/// A place in the cell's root that must exist before runsc is called.
struct MountPoint {
    std::string cell{}; ///< a normal path
    /// What is bound there, which must be of the same kind, file or directory; nothing for a
    /// directory of the cell's own.
    std::optional<std::filesystem::path> source{};
};

/// All such places of a cell: what things are bound to, where secrets are mounted, and the home and
/// working directories that are scratch file systems. What every sandbox has (`/proc`, `/dev`,
/// `/sys`,
/// `/tmp`) needs none.
[[nodiscard]] CELLOS_DECL std::vector<MountPoint> mount_points(
    const CellPlan& plan, const CellPlaces& places
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/mounts.ipp>
#endif
