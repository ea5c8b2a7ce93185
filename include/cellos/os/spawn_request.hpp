#pragma once

#include <cellos/core/secret.hpp>

#include <array>
#include <string>
#include <vector>

#include <sys/resource.h>

namespace cellos::inline CELLOS_ABI::os {

/// One limit of setrlimit(2).
struct ResourceLimit {
    int resource = 0; ///< RLIMIT_…
    rlim_t value = 0; ///< soft and hard
};

/// What fsmount(2) returned, to be seen at the absolute path `place` by the child alone.
struct PrivateMount {
    int root = -1;
    std::string place{};
};

/// What a child is to be. All descriptors remain the caller's, who keeps them open until `spawn`
/// has returned: the child has its own copies then, and gets no others.
struct SpawnRequest {
    std::string program{}; ///< a path; no look-up
    std::vector<std::string> argv{};
    std::vector<std::string> environment{};   ///< `NAME=value`, and nothing else
    std::vector<Secret> secret_environment{}; ///< but further ones, which must leave no copy
    std::array<int, 3> stdio{-1, -1, -1};     ///< -1: /dev/null
    std::vector<int> extra{}; ///< what the program gets as descriptors 3, 4, … in this order
    /// So many descriptors can the program, and what it starts, have before the kernel enlarges a
    /// table of theirs, which costs a process with threads a grace period of 10 ms and more
    /// (expand_fdtable() waits for RCU). What keeps the tables that large is one more descriptor
    /// of /dev/null, the last one. 0: no matter. A lower RLIMIT_NOFILE makes it void.
    int room_for_descriptors = 0;
    std::string working_directory{}; ///< empty: the caller's
    std::vector<ResourceLimit> limits{};
    /// The directory of a cgroup2 group, in which the child is born; -1: the caller's. To be moved
    /// there later would cost a grace period of the kernel, 10 ms and more.
    int cgroup{-1};
    /// Open `cgroup.procs` files of other hierarchies, which the child writes itself into before it
    /// does anything else.
    std::vector<int> cgroups{};
    /// What stays open until the program is loaded: whoever waits for the last holder of a lock
    /// then finds the program, or nothing.
    std::vector<int> until_exec{};
    /// Where there are any, the child gets a mount namespace of its own, and what is mounted here
    /// goes with the last process in it.
    std::vector<PrivateMount> mounts{};
    bool no_new_privileges = false;
    /// The kernel ends the program (SIGKILL, it alone) if the calling thread ends first: only for a
    /// thread that waits for the program's end.
    bool ends_with_caller = false;
};

} // namespace cellos::inline CELLOS_ABI::os
