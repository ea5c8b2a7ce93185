#pragma once

#include <cellos/os/descriptor.hpp>
#include <cellos/os/membarrier_filter.hpp>
#include <cellos/os/spawn_request.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/// @file
/// The child's side of `spawn`: what it does between fork and exec, and what the parent prepares
/// for it. A part of spawn.ipp, not an interface.
///
/// The parent may have threads, and a lock that one of them held is never released in the child. So
/// the code that runs there, from `close_all_but` on, makes only async-signal-safe calls: it does
/// not allocate or throw.

namespace cellos::inline CELLOS_ABI::os::detail {

// Where the child failed.
enum class ChildStep : std::int32_t { Cgroup, Namespaces, Mounts, Stdio, Limits, Directory, Exec };

// What it sends through the gate: that it is about to load the program, and what failed. When the
// program is loaded, the gate is closed. The child tells the time itself, since on a busy machine
// the parent sees the exec late, and processor time would exceed wall time.
struct ChildReport {
    ChildStep step = ChildStep::Exec;
    std::int32_t error = 0; ///< errno; 0: nothing has failed
    timespec time{};        ///< CLOCK_MONOTONIC
};

// What the child needs, prepared before the fork. The request must outlive it.
struct ChildPlan {
    const SpawnRequest& request;
    std::vector<char*> argv;
    std::vector<char*> environment;
    std::vector<int> descriptors; ///< what becomes 0, 1, 2, 3, …
    int gate;
    int null;
    std::vector<int> needed;   ///< all descriptors above 2 to carry over the fork; sorted
    bool joins_cgroup = false; ///< the child must move itself to SpawnRequest::cgroup
};

[[nodiscard]] inline std::vector<char*> c_strings(const std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    pointers.reserve(strings.size() + 1);
    for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

[[nodiscard]] inline ChildPlan plan_child(const SpawnRequest& request, int gate, int null) {
    ChildPlan plan{
        .request = request,
        .argv = c_strings(request.argv),
        .environment = c_strings(request.environment),
        .descriptors = {},
        .gate = gate,
        .null = null,
        .needed = {},
    };
    plan.environment.pop_back();
    for (const Secret& entry : request.secret_environment)
        plan.environment.push_back(const_cast<char*>(entry.reveal().data()));
    plan.environment.push_back(nullptr);
    for (const int fd : request.stdio) plan.descriptors.push_back(fd == -1 ? null : fd);
    for (const int fd : request.extra) plan.descriptors.push_back(fd == -1 ? null : fd);
    const auto need = [&](int fd) {
        if (fd > 2) plan.needed.push_back(fd);
    };
    for (const int fd : plan.descriptors) need(fd);
    for (const int fd : request.cgroups) need(fd);
    for (const int fd : request.until_exec) need(fd);
    for (const PrivateMount& mount : request.mounts) need(mount.root);
    for (const int fd :
         {gate, null, request.cgroup, request.network_namespace, request.user_namespace})
        need(fd);
    std::sort(plan.needed.begin(), plan.needed.end());
    return plan;
}

// Closes the rest at once: a waiting child must not hold the ends of another thread's pipes open.
inline void close_all_but(const std::vector<int>& needed) noexcept {
    unsigned next = 3;
    for (const int fd : needed) {
        const auto keep = static_cast<unsigned>(fd);
        if (keep < next) continue; // named twice
        if (keep > next) ::syscall(SYS_close_range, next, keep - 1, 0U);
        next = keep + 1;
    }
    ::syscall(SYS_close_range, next, ~0U, 0U);
}

// Mounts in a new namespace: unmounts on the host propagate into it, and nothing propagates back.
[[nodiscard]] inline bool mount_privately(const std::vector<PrivateMount>& mounts) noexcept {
    if (mounts.empty()) return true;
    if (::unshare(CLONE_NEWNS) == -1) return false;
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == -1) return false;
    for (const PrivateMount& mount : mounts) {
        const char* place = mount.place.c_str();
        if (::move_mount(mount.root, "", AT_FDCWD, place, MOVE_MOUNT_F_EMPTY_PATH) == -1)
            return false;
    }
    return true;
}

// Runs between fork and exec: async-signal-safe calls only. Changes the plan, which is the child's
// own copy.
[[noreturn]] inline void become(ChildPlan& plan) noexcept {
    const SpawnRequest& request = plan.request;
    const auto tell = [&](ChildStep step, int error) noexcept {
        ChildReport report{step, error};
        // Not the C library's: ThreadSanitizer's take locks that another thread may have held.
        ::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &report.time);
        ::syscall(
            SYS_sendto, plan.gate, &report, sizeof report, MSG_NOSIGNAL, nullptr, socklen_t{0}
        );
    };
    const auto fail = [&](ChildStep step) noexcept {
        tell(step, errno);
        ::_exit(127);
    };

    ::setsid();
    close_all_but(plan.needed);
    if (plan.joins_cgroup) {
        const int group = ::openat(request.cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
        if (group == -1 || ::write(group, "0", 1) != 1) fail(ChildStep::Cgroup);
    }
    for (const int group : request.cgroups) {
        if (::write(group, "0", 1) != 1) fail(ChildStep::Cgroup);
    }
    // Before the gate is looked at: a caller that has died by now has closed it.
    if (request.ends_with_caller && ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
        fail(ChildStep::Limits);
    char go = 0;
    if (retry_on_interrupt([&] { return ::recv(plan.gate, &go, 1, 0); }) != 1) ::_exit(127);

    // The user namespace first: it gives the right to join what it owns.
    if (request.user_namespace != -1 && ::setns(request.user_namespace, CLONE_NEWUSER) == -1)
        fail(ChildStep::Namespaces);
    if (request.network_namespace != -1 && ::setns(request.network_namespace, CLONE_NEWNET) == -1)
        fail(ChildStep::Namespaces);
    if (!mount_privately(request.mounts)) fail(ChildStep::Mounts);

    // Sources may have the numbers of targets, so all of them are moved out of the way first.
    const int count = static_cast<int>(plan.descriptors.size());
    const int gate = ::fcntl(plan.gate, F_DUPFD_CLOEXEC, count);
    if (gate == -1) fail(ChildStep::Stdio);
    plan.gate = gate;
    const int last = request.room_for_descriptors - 1;
    const bool makes_room = last > count && ::fcntl(plan.null, F_DUPFD, last) == last;
    for (int& descriptor : plan.descriptors) {
        descriptor = ::fcntl(descriptor, F_DUPFD_CLOEXEC, count);
        if (descriptor == -1) fail(ChildStep::Stdio);
    }
    for (int target = 0; target < count; ++target) {
        const int source = plan.descriptors[static_cast<std::size_t>(target)];
        // Not dup2(): ThreadSanitizer's takes the parent's threads for the child's, and then hangs.
        if (::syscall(SYS_dup3, source, target, 0) == -1) fail(ChildStep::Stdio);
    }
    constexpr unsigned close_range_cloexec = 1U << 2;
    const auto rest = static_cast<unsigned>(count);
    if (::syscall(SYS_close_range, rest, ~0U, close_range_cloexec) == -1) fail(ChildStep::Stdio);

    if (makes_room && ::fcntl(last, F_SETFD, 0) == -1) fail(ChildStep::Stdio);

    if (!request.working_directory.empty() && ::chdir(request.working_directory.c_str()) == -1) {
        fail(ChildStep::Directory);
    }
    for (const ResourceLimit& limit : request.limits) {
        const rlimit value{limit.value, limit.value};
        if (::setrlimit(static_cast<__rlimit_resource>(limit.resource), &value) == -1)
            fail(ChildStep::Limits);
    }
    if (request.makes_files_of_its_own) {
        ::umask(022);
        rlimit size{RLIM_INFINITY, RLIM_INFINITY};
        if (::setrlimit(RLIMIT_FSIZE, &size) == -1 && ::getrlimit(RLIMIT_FSIZE, &size) == 0) {
            size.rlim_cur = size.rlim_max;
            if (::setrlimit(RLIMIT_FSIZE, &size) == -1) fail(ChildStep::Limits);
        }
    }
    if (request.no_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
        fail(ChildStep::Limits);
    if (request.skips_membarrier_registration) skip_membarrier_registration();

    // The child must not inherit an ignored SIGPIPE or a blocked SIGTERM of the host program.
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);

    tell(ChildStep::Exec, 0);
    ::execve(request.program.c_str(), plan.argv.data(), plan.environment.data());
    fail(ChildStep::Exec);
    ::_exit(127);
}

} // namespace cellos::inline CELLOS_ABI::os::detail
