#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <optional>
#include <utility>

#include <sys/resource.h>
#include <sys/types.h>

namespace cellos::inline CELLOS_ABI::os {

/// How a reaped process ended, as reported by waitid(2).
struct WaitStatus {
    bool signaled = false;
    int value = 0; ///< the exit code, or the signal
    /// Whether it is known what the process has used.
    bool usage_known = true;
};

/// Whether the kernel tells how a child ended that somebody else has reaped, or the kernel itself,
/// since this process ignores SIGCHLD (Linux 6.15).
[[nodiscard]] CELLOS_DECL bool kernel_tells_ends() noexcept;

/// Owns a child of this process by its pidfd. The destructor kills (SIGKILL) and reaps it, so that
/// no early return leaves it behind; it does not touch the child's own children. For one thread at
/// a time, but several may send signals while none reaps.
class ChildProcess {
public:
    /// No child.
    ChildProcess() noexcept = default;
    /// Takes over a child, which no other code may reap.
    ChildProcess(pid_t pid, Descriptor pidfd) noexcept : pid_{pid}, pidfd_{std::move(pidfd)} {}
    CELLOS_DECL ChildProcess(ChildProcess&& other) noexcept;
    CELLOS_DECL ChildProcess& operator=(ChildProcess&& other) noexcept;
    CELLOS_DECL ~ChildProcess();

    /// Valid as a number only while the child has not been reaped.
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// Readable (poll) once the child has ended.
    [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }
    /// Whether there is a child that has not been reaped.
    [[nodiscard]] explicit operator bool() const noexcept { return pid_ != -1; }

    /// When it went on to load its program, by its own clock. Known of a HeldChild that was
    /// released.
    [[nodiscard]] Clock::time_point exec_time() const noexcept { return exec_time_; }

    /// Signals the child alone. Does nothing if it has ended.
    CELLOS_DECL void signal(int number) const noexcept;
    /// Signals every process in the child's process group. Safe until the child is reaped: its
    /// zombie keeps the number from being reused. Where others may reap it, safe from Linux 6.9 on.
    CELLOS_DECL void signal_group(int number) const noexcept;

    /// Waits for the end without a bound; call it once pidfd() is readable, or after SIGKILL.
    /// Whatever it returns, there is no child any more. `usage`, if there is one, gets what
    /// wait4(2) tells: of the child and of those children that it waited for itself. Where somebody
    /// else has reaped it, or the kernel, since this process ignores SIGCHLD, the usage is lost,
    /// and before Linux 6.15 the status as well: the error (Host).
    [[nodiscard]] CELLOS_DECL Result<WaitStatus> reap(rusage* usage = nullptr);

    /// The same of a child that has ended, which is not reaped: its number stays its own.
    [[nodiscard]] CELLOS_DECL Result<WaitStatus> status(rusage* usage = nullptr) const;

private:
    friend class HeldChild;
    // Empty: the end is not known.
    [[nodiscard]] std::optional<WaitStatus> wait(int options, rusage* usage) const noexcept;

    pid_t pid_ = -1;
    Descriptor pidfd_;
    Clock::time_point exec_time_{};
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/child_process.ipp>
#endif
