#pragma once

#include <cellos/os/child_process.hpp>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <optional>

#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

namespace detail {

// struct pidfd_info of <linux/pidfd.h>, which is younger than the headers that we compile with.
struct PidfdInfo {
    std::uint64_t mask = 0;
    std::uint64_t cgroup = 0;
    std::uint32_t ids[11]{};
    std::int32_t exit_code = 0; ///< as wait(2) has it
};

// How a process ended that somebody else has reaped, or the kernel (Linux 6.15).
[[nodiscard]] inline std::optional<WaitStatus> end_told_by(int pidfd) noexcept {
    constexpr std::uint64_t of_the_end = 1U << 3;
    PidfdInfo info{.mask = of_the_end};
    if (::ioctl(pidfd, _IOWR(0xFF, 11, PidfdInfo), &info) == -1 || (info.mask & of_the_end) == 0)
        return std::nullopt;
    const bool signaled = WIFSIGNALED(info.exit_code);
    return WaitStatus{
        .signaled = signaled,
        .value = signaled ? WTERMSIG(info.exit_code) : WEXITSTATUS(info.exit_code),
        .usage_known = false};
}

} // namespace detail

CELLOS_DECL bool kernel_tells_ends() noexcept {
    static const bool tells = [] {
        int pidfd = -1;
        clone_args arguments{};
        arguments.flags = CLONE_PIDFD;
        arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
        sigset_t all;
        sigset_t before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);
        const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
        if (pid == 0) ::_exit(0);
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        if (pid == -1) return false;
        static_cast<void>(retry_on_interrupt([&] { return ::waitpid(pid, nullptr, __WALL); }));
        const Descriptor owned{pidfd};
        return detail::end_told_by(owned.get()).has_value();
    }();
    return tells;
}

CELLOS_DECL ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)},
      pidfd_{std::move(other.pidfd_)},
      exec_time_{other.exec_time_} {}

CELLOS_DECL ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(pidfd_, other.pidfd_);
    std::swap(exec_time_, other.exec_time_);
    return *this;
}

CELLOS_DECL ChildProcess::~ChildProcess() {
    if (pid_ == -1) return;
    signal(SIGKILL);
    static_cast<void>(wait(WEXITED, nullptr));
}

CELLOS_DECL void ChildProcess::signal(int number) const noexcept {
    ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
}

CELLOS_DECL void ChildProcess::signal_group(int number) const noexcept {
    // Not by its number, where the kernel knows how (Linux 6.9).
    constexpr unsigned process_group = 1U << 2;
    if (::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, process_group) == -1 &&
        errno == EINVAL)
        ::kill(-pid_, number);
}

CELLOS_DECL Result<WaitStatus> ChildProcess::reap(rusage* usage) {
    const auto status = wait(WEXITED, usage);
    pid_ = -1;
    pidfd_.reset();
    if (status) return *status;
    return failure("the exit status of a child process was taken away", ECHILD);
}

CELLOS_DECL Result<WaitStatus> ChildProcess::status(rusage* usage) const {
    if (const auto status = wait(WEXITED | WNOWAIT, usage)) return *status;
    return failure("the exit status of a child process was taken away", ECHILD);
}

inline std::optional<WaitStatus> ChildProcess::wait(int options, rusage* usage) const noexcept {
    siginfo_t info{};
    // Not waitid(3), which has no place for the usage.
    const auto rc = retry_on_interrupt([&] {
        return ::syscall(SYS_waitid, P_PID, static_cast<id_t>(pid_), &info, options, usage);
    });
    if (rc == -1) return detail::end_told_by(pidfd_.get());
    return WaitStatus{.signaled = info.si_code != CLD_EXITED, .value = info.si_status};
}

} // namespace cellos::inline CELLOS_ABI::os
