/// @file
/// What the cell of a plan sees where. Pure and portable: nothing here looks at the host.
///
/// runsc makes a missing working directory, and a missing place to bind something to, **on the
/// host**: even in a root that is read-only, and even below a bind that is (`/usr/new` appeared).
/// So whatever the document names must be known to exist before runsc is called, unless it lies in
/// a root of the cell's own: mount_points() and working_directory_on_host() say what to look at.
#pragma once

#include <cellos/host/gvisor/bundle/oci.hpp>
#include <cellos/host/gvisor/bundle/places.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI::gvisor {

/// A directory of the host, and the way from there to what the cell uses of it.
struct PlaceOnHost {
    std::filesystem::path directory{};
    std::string below{}; ///< relative; empty: the directory itself
};

/// Where the host keeps the working directory; nothing if it isn't the host's. It must be a
/// directory without a link on the way.
[[nodiscard]] CELLOS_DECL std::optional<PlaceOnHost> working_directory_on_host(
    const CellPlan& plan, const CellPlaces& places
);

/// A bind of `source`, file or directory, with all that is mounted in it.
[[nodiscard]] CELLOS_DECL oci::Mount bind_mount(
    const std::filesystem::path& source, std::string destination, bool writable
);

/// Everything that is mounted in the cell; parents come before what is mounted in them.
[[nodiscard]] CELLOS_DECL std::vector<oci::Mount> cell_mounts(
    const CellPlan& plan, const CellPlaces& places
);

/// A place in the cell's root that must exist before runsc is called.
struct MountPoint {
    std::string cell{}; ///< a normal path
    /// What is bound there, which must be of the same kind, file or directory; nothing for the
    /// working directory.
    std::optional<std::filesystem::path> source{};
};

/// All such places of a cell: what things are bound to, and the working directory unless it lies in
/// one of them. What runsc mounts inside the sandbox (`/proc`, `/dev`, `/sys`, `/tmp`) needs none.
[[nodiscard]] CELLOS_DECL std::vector<MountPoint> mount_points(
    const CellPlan& plan, const CellPlaces& places
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/mounts.ipp>
#endif
