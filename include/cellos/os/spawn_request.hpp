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

/// A detached mount (from fsmount(2)), which only the child sees, at the absolute path `place`.
struct PrivateMount {
    int root = -1;
    std::string place{};
};

/// Describes a child to start. All descriptors stay the caller's and must be kept open until
/// `spawn` has returned: the child has its own copies by then, and gets no others.
struct SpawnRequest {
    std::string program{}; ///< a path; PATH is not searched
    std::vector<std::string> argv{};
    std::vector<std::string> environment{};   ///< `NAME=value`; nothing is inherited
    std::vector<Secret> secret_environment{}; ///< further variables, which are not copied
    std::array<int, 3> stdio{-1, -1, -1};     ///< -1: /dev/null
    std::vector<int> extra{};                 ///< the program's descriptors 3, 4, … in this order
    /// How many descriptors the program, and processes that it starts, can have before the kernel
    /// enlarges their descriptor table. That costs a process with threads a grace period of 10 ms
    /// or more (expand_fdtable() waits for RCU). The table is kept this large by an additional
    /// descriptor of /dev/null, the last one. 0: off. A lower RLIMIT_NOFILE disables it.
    int room_for_descriptors = 0;
    std::string working_directory{}; ///< empty: the caller's
    std::vector<ResourceLimit> limits{};
    /// The directory of a cgroup2 group in which the child is created; -1: the caller's. Moving it
    /// there later would cost a grace period of the kernel, 10 ms or more.
    int cgroup{-1};
    /// Open `cgroup.procs` files of other hierarchies, which the child joins before it does
    /// anything else.
    std::vector<int> cgroups{};
    /// Descriptors that the child keeps open until the program is loaded. If they hold a lock, a
    /// process that waits for the lock then finds either the loaded program or no child at all.
    std::vector<int> until_exec{};
    /// If there are any, the child gets a new mount namespace, and these mounts disappear with the
    /// last process in it.
    std::vector<PrivateMount> mounts{};
    /// Descriptors of a network namespace, and of the user namespace that owns it, which the child
    /// joins; -1: it stays in the caller's. See NetworkNamespace.
    int network_namespace = -1;
    int user_namespace = -1;
    bool no_new_privileges = false;
    /// The program, and what it starts, is told at once that it has registered for expedited memory
    /// barriers (membarrier(2)), in place of 10 ms and more, and has not: for programs that
    /// register and then use none, as those in Go. A wish: it takes CAP_SYS_ADMIN or
    /// no_new_privileges, on x86-64 or aarch64, and is void elsewhere.
    bool skips_membarrier_registration = false;
    /// The kernel ends the program (SIGKILL, it alone) if the calling thread ends first: only for a
    /// thread that waits for the program's end.
    bool ends_with_caller = false;
    /// A program that works for this one, and is no workload: this process's umask and its bound on
    /// the size of files are the user's for other files, and don't hold for it. A hard limit stays
    /// where CAP_SYS_RESOURCE is missing.
    bool makes_files_of_its_own = false;
};

} // namespace cellos::inline CELLOS_ABI::os
