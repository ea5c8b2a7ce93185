#pragma once

#include <cellos/core/result.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// Where this process may make control groups, found out and never assumed. A host has cgroup2
/// alone, the version 1 hierarchies alone, or both beside each other ("hybrid"): then cgroup2
/// offers no controllers, but still the only atomic way to end a whole group. Thread-safe.

namespace cellos::inline CELLOS_ABI::os {

/// One hierarchy, and the group in it below which groups can be made.
struct CgroupHierarchy {
    std::filesystem::path parent{};
    bool unified = false;                   ///< version 2
    std::vector<std::string> controllers{}; ///< what can be limited here: `memory`, `cpu`, `pids`

    [[nodiscard]] CELLOS_DECL bool has(std::string_view controller) const;

    /// Lets the groups below `parent` have a controller; with version 1 they always do. Fails
    /// (Host) where `parent` may not hand it out: see needs_delegated_group().
    [[nodiscard]] CELLOS_DECL Result<void> hand_out(std::string_view controller) const;
};

using CgroupHierarchies = std::vector<CgroupHierarchy>;

/// Whether this is the error of a `parent` that cannot hand out a controller. cgroup2 lets no group
/// do that which has processes of its own (but its root), so what helps is another parent: one that
/// was delegated to this program and holds no process. Whoever lets the user name one says how.
[[nodiscard]] CELLOS_DECL bool needs_delegated_group(const CellosError& error) noexcept;

/// The hierarchies of the texts of `/proc/self/mountinfo` and `/proc/self/cgroup`, each with this
/// process's own group. Pure. What cgroup2 can limit stands in neither of them.
[[nodiscard]] CELLOS_DECL CgroupHierarchies
parse_cgroup_hierarchies(std::string_view mountinfo, std::string_view own_groups);

/// The hierarchies of this host in which groups can be made; none if there are none. Where there is
/// a cgroup2 group that was delegated to this program and holds no process, `cgroup2_parent` names
/// it; empty: this process's own group.
[[nodiscard]] CELLOS_DECL CgroupHierarchies
find_cgroup_hierarchies(const std::filesystem::path& cgroup2_parent = {});

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/cgroup_hierarchy.ipp>
#endif
