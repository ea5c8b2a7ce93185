#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/core/secret.hpp>
#include <cellos/os/descriptor.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>

/// @file
/// Starting a process without inheriting anything by accident, and holding on to it by pidfd.

namespace cellos::inline CELLOS_ABI::os {

/// How a reaped process ended, as waitid(2) tells it.
struct WaitStatus {
    bool signaled = false;
    int value = 0; ///< the exit code, or the signal
};

/// A child of this process, held by pidfd. The destructor ends it with SIGKILL and reaps it, so
/// that no path out leaves it behind; it knows nothing of the child's own children.
class ChildProcess {
public:
    ChildProcess() noexcept = default;
    ChildProcess(pid_t pid, Descriptor pidfd) noexcept : pid_{pid}, pidfd_{std::move(pidfd)} {}
    ChildProcess(ChildProcess&& other) noexcept
        : pid_{std::exchange(other.pid_, -1)}, pidfd_{std::move(other.pidfd_)} {}
    ChildProcess& operator=(ChildProcess&& other) noexcept {
        std::swap(pid_, other.pid_);
        std::swap(pidfd_, other.pidfd_);
        return *this;
    }
    ~ChildProcess() {
        if (pid_ == -1) return;
        signal(SIGKILL);
        static_cast<void>(reap());
    }

    /// Valid as a number only while the child has not been reaped.
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// Readable (poll) once the child has ended.
    [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }
    [[nodiscard]] explicit operator bool() const noexcept { return pid_ != -1; }

    template <class = IfUsed>
    void signal(int number) const noexcept {
        ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
    }
    /// Everything in the child's process group. Safe until the child is reaped: its zombie keeps
    /// the number.
    void signal_group(int number) const noexcept { ::kill(-pid_, number); }

    /// Waits for the end without a bound; call it once pidfd() is readable, or after SIGKILL.
    template <class = IfUsed>
    [[nodiscard]] Result<WaitStatus> reap() noexcept {
        siginfo_t info{};
        const int rc = retry_on_interrupt([&] {
            return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
        });
        pid_ = -1;
        pidfd_.reset();
        if (rc == -1) return failure("the exit status of a child process was taken away");
        return WaitStatus{.signaled = info.si_code != CLD_EXITED, .value = info.si_status};
    }

private:
    pid_t pid_ = -1;
    Descriptor pidfd_;
};

struct ResourceLimit {
    int resource = 0; ///< RLIMIT_…
    rlim_t value = 0; ///< soft and hard
};

/// What fsmount(2) returned, to be seen at the absolute path `place` by the child alone.
struct PrivateMount {
    int root = -1;
    std::string place{};
};

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

/// A child that has forked and joined its groups, and waits. It leads a session and process group
/// of its own. Whatever must be on record before the program exists can be written now; a parent
/// that dies instead lets it end without having run anything.
class HeldChild {
public:
    HeldChild(ChildProcess child, Descriptor gate) noexcept
        : child_{std::move(child)}, gate_{std::move(gate)} {}

    [[nodiscard]] pid_t pid() const noexcept { return child_.pid(); }

    /// Lets it go on and returns once the program has been loaded. A program that cannot be is
    /// CommandNotFound or CommandNotExecutable, as a shell would tell 127 from 126; all else is
    /// Host.
    template <class = IfUsed>
    [[nodiscard]] Result<ChildProcess> release() && {
        const char go = 1;
        if (::send(gate_.get(), &go, 1, MSG_NOSIGNAL) != 1)
            return failure("cannot start the child process");
        ChildFailure report{};
        const ssize_t got =
            retry_on_interrupt([&] { return ::recv(gate_.get(), &report, sizeof report, 0); });
        if (got == 0) return std::move(child_);
        if (got != sizeof report)
            return failure("cannot start the child process", got == -1 ? errno : EPROTO);
        static_cast<void>(child_.reap());
        auto error = failure(step_text(report.step), report.error).value();
        if (report.step == Step::Exec) {
            const bool missing = report.error == ENOENT || report.error == ENOTDIR;
            error.kind = missing ? CellosError::Kind::CommandNotFound
                                 : CellosError::Kind::CommandNotExecutable;
        }
        return cellos::failure(std::move(error));
    }

    enum class Step : std::int32_t { Cgroup, Mounts, Stdio, Limits, Directory, Exec };
    struct ChildFailure {
        Step step = Step::Exec;
        std::int32_t error = 0;
    };

private:
    [[nodiscard]] static constexpr std::string_view step_text(Step step) noexcept {
        switch (step) {
            using enum Step;
        case Cgroup: return "cannot join the cell's control group";
        case Mounts: return "cannot mount the cell's own file systems";
        case Stdio: return "cannot set up the standard streams";
        case Limits: return "cannot set a resource limit";
        case Directory: return "cannot enter the working directory";
        case Exec: return "cannot execute the program";
        }
        return "cannot start the child process";
    }

    ChildProcess child_;
    Descriptor gate_;
};

namespace detail {

/// What the child needs, laid out before the fork: it must not allocate.
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

template <class = IfUsed>
[[nodiscard]] std::vector<char*> c_strings(const std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    pointers.reserve(strings.size() + 1);
    for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

template <class = IfUsed>
[[nodiscard]] ChildPlan plan_child(const SpawnRequest& request, int gate, int null) {
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
    for (const int fd : {gate, null, request.cgroup}) need(fd);
    std::sort(plan.needed.begin(), plan.needed.end());
    return plan;
}

/// Closes the rest at once: a child that waits must not hold the ends of another thread's pipes
/// open.
template <class = IfUsed>
void close_all_but(const std::vector<int>& needed) noexcept {
    unsigned next = 3;
    for (const int fd : needed) {
        const auto keep = static_cast<unsigned>(fd);
        if (keep < next) continue; // named twice
        if (keep > next) ::syscall(SYS_close_range, next, keep - 1, 0U);
        next = keep + 1;
    }
    ::syscall(SYS_close_range, next, ~0U, 0U);
}

/// In a mount namespace that hears of what the host unmounts, and of which the host hears nothing.
template <class = IfUsed>
[[nodiscard]] bool mount_privately(const std::vector<PrivateMount>& mounts) noexcept {
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

/// Runs between fork and exec: async-signal-safe calls only. Changes the plan, which is the child's
/// own copy.
template <class = IfUsed>
[[noreturn]] void become(ChildPlan& plan) noexcept {
    const SpawnRequest& request = plan.request;
    const auto fail = [&](HeldChild::Step step) noexcept {
        const HeldChild::ChildFailure report{step, errno};
        ::send(plan.gate, &report, sizeof report, MSG_NOSIGNAL);
        ::_exit(127);
    };

    ::setsid();
    close_all_but(plan.needed);
    if (plan.joins_cgroup) {
        const int group = ::openat(request.cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
        if (group == -1 || ::write(group, "0", 1) != 1) fail(HeldChild::Step::Cgroup);
    }
    for (const int group : request.cgroups) {
        if (::write(group, "0", 1) != 1) fail(HeldChild::Step::Cgroup);
    }
    // Before the gate is looked at: a caller that has died by now has closed it.
    if (request.ends_with_caller && ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
        fail(HeldChild::Step::Limits);
    char go = 0;
    if (retry_on_interrupt([&] { return ::recv(plan.gate, &go, 1, 0); }) != 1) ::_exit(127);

    if (!mount_privately(request.mounts)) fail(HeldChild::Step::Mounts);

    // Sources may lie among the targets themselves, so all of them move out of the way first.
    const int count = static_cast<int>(plan.descriptors.size());
    const int gate = ::fcntl(plan.gate, F_DUPFD_CLOEXEC, count);
    if (gate == -1) fail(HeldChild::Step::Stdio);
    plan.gate = gate;
    const int last = request.room_for_descriptors - 1;
    const bool makes_room = last > count && ::fcntl(plan.null, F_DUPFD, last) == last;
    for (int& descriptor : plan.descriptors) {
        descriptor = ::fcntl(descriptor, F_DUPFD_CLOEXEC, count);
        if (descriptor == -1) fail(HeldChild::Step::Stdio);
    }
    for (int target = 0; target < count; ++target) {
        const int source = plan.descriptors[static_cast<std::size_t>(target)];
        // Not dup2(): ThreadSanitizer's takes the parent's threads for the child's, and then hangs.
        if (::syscall(SYS_dup3, source, target, 0) == -1) fail(HeldChild::Step::Stdio);
    }
    constexpr unsigned close_range_cloexec = 1U << 2;
    const auto rest = static_cast<unsigned>(count);
    if (::syscall(SYS_close_range, rest, ~0U, close_range_cloexec) == -1)
        fail(HeldChild::Step::Stdio);

    if (makes_room && ::fcntl(last, F_SETFD, 0) == -1) fail(HeldChild::Step::Stdio);

    if (!request.working_directory.empty() && ::chdir(request.working_directory.c_str()) == -1) {
        fail(HeldChild::Step::Directory);
    }
    for (const ResourceLimit& limit : request.limits) {
        const rlimit value{limit.value, limit.value};
        if (::setrlimit(static_cast<__rlimit_resource>(limit.resource), &value) == -1)
            fail(HeldChild::Step::Limits);
    }
    if (request.no_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
        fail(HeldChild::Step::Limits);

    // An ignored SIGPIPE or a blocked SIGTERM of the host program is none of the child's business.
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);

    ::execve(request.program.c_str(), plan.argv.data(), plan.environment.data());
    fail(HeldChild::Step::Exec);
    ::_exit(127);
}

struct Born {
    pid_t pid = -1;
    int pidfd = -1;
};

/// Forks into a control group and has the child carry out the plan. Not fork(3), whose handlers are
/// for programs that go on with the C library in the child.
template <class = IfUsed>
[[nodiscard]] Result<Born> fork_into(int cgroup, ChildPlan& plan) {
    Born born;
    clone_args arguments{};
    arguments.flags = CLONE_PIDFD;
    arguments.pidfd = reinterpret_cast<std::uintptr_t>(&born.pidfd);
    arguments.exit_signal = SIGCHLD;
    const auto clone = [&] {
        const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
        if (pid == 0) become(plan);
        return pid;
    };
    if (cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<std::uint64_t>(cgroup);
        born.pid = clone();
        if (born.pid != -1) return born;
        // Linux before 5.7, or a filter that knows no clone3: the child moves itself.
        arguments.flags = CLONE_PIDFD;
        plan.joins_cgroup = true;
    }
    born.pid = clone();
    if (born.pid == -1) return failure("cannot start a process (clone3, Linux 5.3)");
    return born;
}

} // namespace detail

/// Forks. Fails before that when this process ignores SIGCHLD: the kernel would throw exit codes
/// away.
template <class = IfUsed>
[[nodiscard]] Result<HeldChild> spawn(const SpawnRequest& request) {
    struct sigaction on_child {};
    ::sigaction(SIGCHLD, nullptr, &on_child);
    if (on_child.sa_handler == SIG_IGN || (on_child.sa_flags & SA_NOCLDWAIT) != 0) {
        return cellos::failure(
            CellosError::Kind::Host,
            "this process ignores SIGCHLD, so exit codes would be lost: set it to SIG_DFL"
        );
    }
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
        return failure("cannot make a socket pair");
    Descriptor gate{ends[0]};
    auto childs_gate = above_stdio(Descriptor{ends[1]});
    if (!childs_gate) return failure_of(childs_gate);

    const auto null = open_at(AT_FDCWD, "/dev/null", O_RDWR);
    if (!null) return failure_of(null);
    auto plan = detail::plan_child(request, childs_gate->get(), null->get());

    // The host's handlers must not run in the child before it has reset them.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const auto born = detail::fork_into(request.cgroup, plan);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (!born) return failure_of(born);
    return HeldChild{ChildProcess{born->pid, Descriptor{born->pidfd}}, std::move(gate)};
}

} // namespace cellos::inline CELLOS_ABI::os
