#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/cgroup_directory.hpp>
#include <cellos/os/cgroup_hierarchy.hpp>
#include <cellos/os/memory_peak.hpp>
#include <cellos/os/memory_watch.hpp>
#include <cellos/os/wait.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// A control group around processes that belong together: the only complete list of them, the only
/// way to kill all of them at once, and the only limit on what they use together. It also holds
/// processes whose parent has gone and whose command line is empty.

namespace cellos::inline CELLOS_ABI::os {

/// The paths that groups of this name have, whether or not they exist: one for each hierarchy.
[[nodiscard]] CELLOS_DECL std::vector<std::filesystem::path> control_group_paths(
    const CgroupHierarchies& hierarchies, const std::string& name
);

/// Groups of the same name, one in each hierarchy that is needed. Killing processes and waiting for
/// them uses cgroup2 where there is one, since both are single operations there. The group of a
/// controller is created with the first limit that needs it. The destructor removes the groups that
/// are empty.
///
/// What is to be limited or counted is reserved first. Then come processes: spawn them with
/// directory_fd() and joined_procs_fds(), and call seal(). Limits of what was reserved can be set
/// before and after that, and set again. Errors are CellosError::Kind::Host unless said otherwise;
/// needs_delegated_group() may know those of limits and reserve(). Move-only; what was moved from,
/// or has been removed with success, may only be removed, assigned to and destroyed. Any number of
/// threads may call const members at once, while none calls another.
class ControlGroup {
public:
    /// Creates a group without limits. Fails if this process may not create any, or if the name is
    /// taken.
    [[nodiscard]] CELLOS_DECL static Result<ControlGroup> make(
        const CgroupHierarchies& hierarchies, const std::string& name
    );

    /// Opens those of the groups at `paths` that exist, even if another program created them; empty
    /// if there is none. No limits can be set on them, since their hierarchies are not known.
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
    /// For SpawnRequest::cgroup; -1 if the process has to join by itself. Still owned by this
    /// object.
    [[nodiscard]] int directory_fd() const noexcept {
        const CgroupDirectory& list = members_.front();
        return list.unified() && !was_killed_ ? list.fd() : -1;
    }
    /// For SpawnRequest::cgroups: the groups that a process has to join by itself. Still owned by
    /// this object.
    [[nodiscard]] CELLOS_DECL std::vector<int> joined_procs_fds() const;

    /// Makes the group of a controller before there is a process, for a limit that is known later
    /// and for what it counts.
    [[nodiscard]] CELLOS_DECL Result<void> reserve(std::string_view controller);

    /// Call it after kill(), before another process is started in the group. Some kernels (6.18)
    /// kill every process that is created in a group that was ever killed; it can still join one.
    void use_again() noexcept { was_killed_ = true; }

    /// Call it once processes are in the group. A controller whose group they have not joined
    /// cannot limit them any more: such a limit is Unsupported from now on.
    void seal() noexcept { sealed_ = true; }

    /// The processor time of all processes together, those that have ended included; nothing where
    /// it isn't counted. A read of an open file: may be done often. It takes no controller with
    /// cgroup2, and `cpuacct` reserved where there is version 1 alone. What runs right now is
    /// counted up to its last clock tick.
    [[nodiscard]] CELLOS_DECL std::optional<std::chrono::nanoseconds> cpu_time() const;

    /// What all processes use together, in bytes; nothing where no controller tells: `memory` has
    /// to be reserved or limited.
    [[nodiscard]] CELLOS_DECL std::optional<std::uint64_t> memory_usage() const;

    /// The most that memory_usage() has been since reset_peak_memory(), or since the group was
    /// made; nothing while it can't be told exactly (MemoryPeak says where that is).
    [[nodiscard]] CELLOS_DECL std::optional<std::uint64_t> peak_memory();

    /// From now on peak_memory() counts anew.
    CELLOS_DECL void reset_peak_memory();

    /// The memory that would be free without the group's processes, in bytes
    /// (proportional_memory()); empty if it cannot be found out. Needs no controller.
    [[nodiscard]] CELLOS_DECL std::optional<std::uint64_t> resident_bytes() const;

    /// What all processes may use together, in bytes, swap and the files that they keep in memory
    /// included. Anew with each call, memory() tells of what happens from now on.
    [[nodiscard]] CELLOS_DECL Result<void> limit_memory(std::uint64_t bytes);

    /// Allows `quota` microseconds of processor time in each period of `period` microseconds.
    [[nodiscard]] CELLOS_DECL Result<void> limit_cpu(std::int64_t quota, std::int64_t period);

    /// As if limit_cpu() had never been called.
    [[nodiscard]] CELLOS_DECL Result<void> lift_cpu_limit();

    /// Limits the number of tasks: processes and threads.
    [[nodiscard]] CELLOS_DECL Result<void> limit_tasks(std::uint64_t count);

    /// Reports when the memory limit is hit; null without a limit. Owned by this object.
    [[nodiscard]] MemoryWatch* memory() noexcept { return memory_ ? &*memory_ : nullptr; }

    /// Sends SIGKILL to every process in the group; with cgroup2 this includes those that fork
    /// meanwhile.
    [[nodiscard]] Result<void> kill() const { return members_.front().kill(); }

    /// Whether a process is in the group. Zombies do not count: they hold no resources.
    [[nodiscard]] bool populated() const { return members_.front().populated(); }

    /// Waits until the last process has gone. False: the deadline passed first. Without cgroup2 it
    /// also kills them.
    [[nodiscard]] bool wait_until_empty(Clock::time_point deadline) const {
        return members_.front().wait_until_empty(deadline);
    }

    /// Removes the groups. Fails while processes are in them; it may then be called again.
    [[nodiscard]] CELLOS_DECL Result<void> remove();

private:
    ControlGroup(CgroupHierarchies hierarchies, std::string name);

    [[nodiscard]] const CgroupHierarchy* hierarchy_of(std::string_view controller) const;
    [[nodiscard]] const CgroupDirectory* member_with(std::string_view controller) const;
    [[nodiscard]] MemoryPeak* peak();
    [[nodiscard]] Result<CgroupDirectory*> member_for(std::string_view controller);
    [[nodiscard]] Result<CgroupDirectory*> member_in(const CgroupHierarchy& hierarchy);

    CgroupHierarchies hierarchies_;
    std::string name_;
    std::vector<CgroupDirectory> members_; ///< the first one lists the processes
    std::optional<MemoryWatch> memory_;
    std::optional<MemoryPeak> peak_;
    bool sealed_ = false;
    bool was_killed_ = false;
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/control_group.ipp>
#endif
