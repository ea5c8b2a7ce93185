#pragma once

#include <cellos/core/result.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// Finds out where this process may create control groups. A host has cgroup2 alone, the version 1
/// hierarchies alone, or both ("hybrid"). On a hybrid host cgroup2 offers no controllers, but it is
/// still the only way to kill a whole group atomically. Thread-safe.

namespace cellos::inline CELLOS_ABI::os {

/// One hierarchy, and the group in it below which new groups can be created.
struct CgroupHierarchy {
    std::filesystem::path parent{};
    bool unified = false;                   ///< version 2
    std::vector<std::string> controllers{}; ///< those available here: `memory`, `cpu`, `pids`

    [[nodiscard]] CELLOS_DECL bool has(std::string_view controller) const;

    /// Enables a controller for the groups below `parent`; with version 1 it always is. Fails
    /// (Host) if `parent` cannot enable it: see needs_delegated_group().
    [[nodiscard]] CELLOS_DECL Result<void> hand_out(std::string_view controller) const;
};

using CgroupHierarchies = std::vector<CgroupHierarchy>;

/// Whether this is the error of a `parent` that cannot enable a controller. cgroup2 does not let a
/// group do that while it has processes of its own, except for its root. The remedy is another
/// parent: a group that is delegated to this program and holds no process. A caller whose users can
/// configure the parent should say so in its message.
[[nodiscard]] CELLOS_DECL bool needs_delegated_group(const CellosError& error) noexcept;

/// The hierarchies listed in the texts of `/proc/self/mountinfo` and `/proc/self/cgroup`, each with
/// this process's own group. Pure. The controllers of cgroup2 are in neither text, so they are left
/// empty.
[[nodiscard]] CELLOS_DECL CgroupHierarchies
parse_cgroup_hierarchies(std::string_view mountinfo, std::string_view own_groups);

/// The hierarchies of this host in which groups can be created; may be empty. `cgroup2_parent`
/// names a cgroup2 group that is delegated to this program and holds no process; empty: this
/// process's own group.
[[nodiscard]] CELLOS_DECL CgroupHierarchies
find_cgroup_hierarchies(const std::filesystem::path& cgroup2_parent = {});

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/cgroup_hierarchy.ipp>
#endif
