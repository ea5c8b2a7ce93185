#pragma once

#include <cellos/os/child_process.hpp>

#include <csignal>

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

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
    static_cast<void>(reap());
}

CELLOS_DECL void ChildProcess::signal(int number) const noexcept {
    ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
}

CELLOS_DECL void ChildProcess::signal_group(int number) const noexcept {
    ::kill(-pid_, number);
}

CELLOS_DECL Result<WaitStatus> ChildProcess::reap(rusage* usage) noexcept {
    siginfo_t info{};
    // Not waitid(3), which has no place for the usage.
    const auto rc = retry_on_interrupt([&] {
        return ::syscall(SYS_waitid, P_PID, static_cast<id_t>(pid_), &info, WEXITED, usage);
    });
    pid_ = -1;
    pidfd_.reset();
    if (rc == -1) return failure("the exit status of a child process was taken away");
    return WaitStatus{.signaled = info.si_code != CLD_EXITED, .value = info.si_status};
}

} // namespace cellos::inline CELLOS_ABI::os
