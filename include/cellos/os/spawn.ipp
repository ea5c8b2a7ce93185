#pragma once

#include <cellos/os/child_side.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/unforked_descriptor.hpp>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string_view>

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

namespace detail {

[[nodiscard]] constexpr std::string_view failed_step_text(ChildStep step) noexcept {
    switch (step) {
        using enum ChildStep;
    case Cgroup: return "cannot join the control group";
    case Namespaces: return "cannot join the network namespace";
    case Mounts: return "cannot mount the file systems of its own";
    case Stdio: return "cannot set up the standard streams";
    case Limits: return "cannot set a resource limit";
    case Directory: return "cannot enter the working directory";
    case Exec: return "cannot execute the program";
    }
    return "cannot start the child process";
}

[[nodiscard]] inline Clock::time_point time_point_of(const timespec& time) noexcept {
    return Clock::time_point{
        std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
}

// What clone3(2) gave.
struct Born {
    pid_t pid = -1;
    int pidfd = -1;
};

// Forks into a control group and has the child carry out the plan. Not fork(3), whose handlers are
// for programs that go on with the C library in the child.
[[nodiscard]] inline Result<Born> fork_into(int cgroup, ChildPlan& plan) {
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

CELLOS_DECL Result<ChildProcess> HeldChild::release() && {
    const char go = 1;
    if (::send(gate_.get(), &go, 1, MSG_NOSIGNAL) != 1)
        return failure("cannot start the child process");
    detail::ChildReport report{};
    ssize_t got = 0;
    do {
        child_.exec_time_ = detail::time_point_of(report.time);
        got = retry_on_interrupt([&] {
            return ::recv(gate_.get(), &report, sizeof report, MSG_WAITALL);
        });
    } while (got == sizeof report && report.error == 0);
    if (got == 0) return std::move(child_);
    if (got != sizeof report)
        return failure("cannot start the child process", got == -1 ? errno : EPROTO);
    static_cast<void>(child_.reap());
    auto error = failure(detail::failed_step_text(report.step), report.error).value();
    if (report.step == detail::ChildStep::Exec) {
        const bool missing = report.error == ENOENT || report.error == ENOTDIR;
        error.kind =
            missing ? CellosError::Kind::CommandNotFound : CellosError::Kind::CommandNotExecutable;
    }
    return cellos::failure(std::move(error));
}

CELLOS_DECL Result<HeldChild> spawn(const SpawnRequest& request) {
    struct sigaction on_child {};
    ::sigaction(SIGCHLD, nullptr, &on_child);
    // A child of another signal is no way out: its exec makes it SIGCHLD.
    const bool reaped_by_the_kernel =
        on_child.sa_handler == SIG_IGN || (on_child.sa_flags & SA_NOCLDWAIT) != 0;
    if (reaped_by_the_kernel && !kernel_tells_ends()) {
        return cellos::failure(
            CellosError::Kind::Host,
            "this process ignores SIGCHLD, so exit codes would be lost: set it to SIG_DFL"
        );
    }
    // Whoever forks now would get the child's end of the gate, which tells by its own end that the
    // program has been loaded.
    const ForkPause no_fork;
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
        return failure("cannot make a socket pair");
    Descriptor gate{ends[0]};
    const Descriptor childs_gate{ends[1]};
    if (!gate || !childs_gate) return failure("cannot make a socket pair", EMFILE);

    const auto null = open_at(AT_FDCWD, "/dev/null", O_RDWR);
    if (!null) return failure_of(null);
    auto plan = detail::plan_child(request, childs_gate.get(), null->get());

    // The host's handlers must not run in the child before it has reset them.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const auto born = detail::fork_into(request.cgroup, plan);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (!born) return failure_of(born);
    ChildProcess child{born->pid, Descriptor{born->pidfd}};
    if (child.pidfd() == -1) {
        gate.reset(); // which ends it, so that it can be reaped
        return failure("cannot start a process", EMFILE);
    }
    return HeldChild{std::move(child), std::move(gate)};
}

} // namespace cellos::inline CELLOS_ABI::os
