#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/cgroup_directory.hpp>
#include <cellos/os/cgroup_hierarchy.hpp>
#include <cellos/os/memory_watch.hpp>
#include <cellos/os/wait.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// A control group around processes that belong together: the only complete list of them, the only
/// way to end all of them at once, and the only limit on what they use together. It holds those,
/// too, whose parent is gone and who say nothing on their command line.

namespace cellos::inline CELLOS_ABI::os {

/// Where the groups of this name are, as far as there are any: one for each hierarchy.
[[nodiscard]] CELLOS_DECL std::vector<std::filesystem::path> control_group_paths(
    const CgroupHierarchies& hierarchies, const std::string& name
);

/// One group of the same name in each hierarchy that is needed. The processes are ended and waited
/// for through cgroup2 where there is one, which knows both as single operations; a limit takes the
/// group of its controller, which is made only then. The destructor removes what nobody is left in.
///
/// Limits come first, then processes: spawn them with directory_fd() and joined_procs_fds(), then
/// call seal(). Errors are CellosError::Kind::Host unless said otherwise; needs_delegated_group()
/// may know those of limits and reserve(). Move-only; what was moved from, or has been removed with
/// success, may only be removed, assigned to and destroyed. Not thread-safe.
class ControlGroup {
public:
    /// Makes a group without limits. Fails where this process may not make any, or where one of
    /// this name is there.
    [[nodiscard]] CELLOS_DECL static Result<ControlGroup> make(
        const CgroupHierarchies& hierarchies, const std::string& name
    );

    /// The groups that are there of those at `paths`, whoever made them; nothing if there is none.
    /// They get no limits, since no hierarchy is known of them.
    [[nodiscard]] CELLOS_DECL static std::optional<ControlGroup> open(
        const std::vector<std::filesystem::path>& paths
    );

    ControlGroup(ControlGroup&& other) noexcept = default;
    ControlGroup& operator=(ControlGroup&& other) noexcept = default;
    CELLOS_DECL ~ControlGroup();

    /// The group that lists the processes.
    [[nodiscard]] const std::filesystem::path& path() const noexcept {
        return members_.front().path();
    }
    /// For SpawnRequest::cgroup; -1 where a process has to join by itself. Still owned by this
    /// object.
    [[nodiscard]] int directory_fd() const noexcept {
        const CgroupDirectory& list = members_.front();
        return list.unified() && !was_killed_ ? list.fd() : -1;
    }
    /// For SpawnRequest::cgroups: the groups that a process has to join by itself. Still owned by
    /// this object.
    [[nodiscard]] CELLOS_DECL std::vector<int> joined_procs_fds() const;

    /// Makes the group of a controller before there is a process, for a limit that is known later.
    [[nodiscard]] CELLOS_DECL Result<void> reserve(std::string_view controller);

    /// To be called after kill(), before a process is started in it again. Some kernels (6.18)
    /// kill whatever is born into a group that was killed at any time; it can still join.
    void use_again() noexcept { was_killed_ = true; }

    /// To be called once processes are in it: what they have not joined cannot limit them any more,
    /// and such a limit is Unsupported from now on.
    void seal() noexcept { sealed_ = true; }

    /// What all processes use together, in bytes; nothing where no controller tells.
    [[nodiscard]] CELLOS_DECL std::optional<std::uint64_t> memory_usage();

    /// The memory that would be free without its processes, in bytes (proportional_memory());
    /// nothing where that cannot be told. Tells without a controller.
    [[nodiscard]] CELLOS_DECL std::optional<std::uint64_t> resident_bytes() const;

    /// What all processes use together, in bytes, swap and the files that they keep in memory
    /// included.
    [[nodiscard]] CELLOS_DECL Result<void> limit_memory(std::uint64_t bytes);

    /// `quota` microseconds of processor time in each `period` of microseconds.
    [[nodiscard]] CELLOS_DECL Result<void> limit_cpu(std::int64_t quota, std::int64_t period);

    /// How many tasks there may be, threads included.
    [[nodiscard]] CELLOS_DECL Result<void> limit_tasks(std::uint64_t count);

    /// Tells of the memory limit being hit; null without one. Owned by this object.
    [[nodiscard]] MemoryWatch* memory() noexcept { return memory_ ? &*memory_ : nullptr; }

    /// SIGKILL to every process in the group; with cgroup2 those that fork meanwhile included.
    [[nodiscard]] Result<void> kill() const { return members_.front().kill(); }

    /// Zombies do not count: they hold nothing any more.
    [[nodiscard]] bool populated() const { return members_.front().populated(); }

    /// Waits for the last process to be gone. False: the deadline passed first. Without cgroup2 it
    /// kills them as well.
    [[nodiscard]] bool wait_until_empty(Clock::time_point deadline) const {
        return members_.front().wait_until_empty(deadline);
    }

    /// Fails while there are processes. May be repeated after a failure.
    [[nodiscard]] CELLOS_DECL Result<void> remove();

private:
    ControlGroup(CgroupHierarchies hierarchies, std::string name);

    [[nodiscard]] const CgroupHierarchy* hierarchy_of(std::string_view controller) const;
    [[nodiscard]] Result<CgroupDirectory*> member_for(std::string_view controller);
    [[nodiscard]] Result<CgroupDirectory*> member_in(const CgroupHierarchy& hierarchy);

    CgroupHierarchies hierarchies_;
    std::string name_;
    std::vector<CgroupDirectory> members_; ///< the first one lists the processes
    std::optional<MemoryWatch> memory_;
    bool sealed_ = false;
    bool was_killed_ = false;
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/control_group.ipp>
#endif
