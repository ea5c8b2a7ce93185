/// @file
/// What the cell sees where. Pure and portable: nothing here looks at the host.
///
/// Where the workload starts. Its working directory is
///   * used as it is at or below a place that has its content already: `/` and `/tmp` themselves,
///     `/proc`, `/sys`, `/dev`, `/inputs`, one of the mounts, and in a SystemRootfs `/usr`, `/etc`,
///     `/bin`, `/sbin`, `/lib*`;
///   * used as it is where a DirectoryRootfs keeps files
///     (BundleParameters::working_directory_has_content);
///   * else a scratch file system of the workload's own, writable and gone with the cell.
///
/// runsc makes a missing working directory, and a missing place to bind something to, **on the
/// host**: even in a root that is read-only, and even below a bind that is (`/usr/new` appeared).
/// So whatever the document names must be known to exist before runsc is called, unless it lies in
/// a root of the cell's own: mount_points() and working_directory_on_host() say what to look at.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/host/gvisor/bundle/oci.hpp>
#include <cellos/host/gvisor/bundle/parameters.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI::gvisor {

/// The operator's mounts, then those of the run.
[[nodiscard]] CELLOS_DECL std::vector<HostMount> host_mounts(
    const GVisorConfig& config, const BundleParameters& parameters
);

/// Says of each mount why it cannot be made; empty if all can. No two may share a place: the place
/// of the inner one would have to be made in the outer one's directory on the host.
[[nodiscard]] CELLOS_DECL std::vector<std::string> mount_violations(
    const GVisorConfig& config, const BundleParameters& parameters
);

/// A directory of the host, and the way from there to what the cell uses of it.
struct PlaceOnHost {
    std::filesystem::path directory{};
    std::string below{}; ///< relative; empty: the directory itself
};

/// Where the host keeps the working directory; nothing if it isn't the host's. It must be a
/// directory without a link on the way.
[[nodiscard]] CELLOS_DECL std::optional<PlaceOnHost> working_directory_on_host(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
);

/// Whether the working directory is a scratch file system; the rule stands at the top of this file.
[[nodiscard]] CELLOS_DECL bool working_directory_is_scratch(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
);

/// A bind of `source`, file or directory, with all that is mounted in it.
[[nodiscard]] CELLOS_DECL oci::Mount bind_mount(
    const std::filesystem::path& source, std::string destination, bool writable
);

/// Everything that is mounted in the cell; parents come before what is mounted in them. The
/// arguments must have no mount_violations().
[[nodiscard]] CELLOS_DECL std::vector<oci::Mount> cell_mounts(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
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
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/mounts.ipp>
#endif
