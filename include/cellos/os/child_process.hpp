#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <utility>

#include <sys/types.h>

namespace cellos::inline CELLOS_ABI::os {

/// How a reaped process ended, as waitid(2) tells it.
struct WaitStatus {
    bool signaled = false;
    int value = 0; ///< the exit code, or the signal
};

/// A child of this process, held by pidfd. The destructor ends it with SIGKILL and reaps it, so
/// that no path out leaves it behind; it knows nothing of the child's own children. For one thread
/// at a time; several may send signals while none reaps.
class ChildProcess {
public:
    /// None.
    ChildProcess() noexcept = default;
    /// Takes over a child that nobody else reaps.
    ChildProcess(pid_t pid, Descriptor pidfd) noexcept : pid_{pid}, pidfd_{std::move(pidfd)} {}
    CELLOS_DECL ChildProcess(ChildProcess&& other) noexcept;
    CELLOS_DECL ChildProcess& operator=(ChildProcess&& other) noexcept;
    CELLOS_DECL ~ChildProcess();

    /// Valid as a number only while the child has not been reaped.
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// Readable (poll) once the child has ended.
    [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }
    /// Whether there is one that has not been reaped.
    [[nodiscard]] explicit operator bool() const noexcept { return pid_ != -1; }

    /// To the child alone. One that has ended hears nothing of it.
    CELLOS_DECL void signal(int number) const noexcept;
    /// Everything in the child's process group. Safe until the child is reaped: its zombie keeps
    /// the number.
    CELLOS_DECL void signal_group(int number) const noexcept;

    /// Waits for the end without a bound; call it once pidfd() is readable, or after SIGKILL.
    /// Whatever it returns, there is no child any more. The error (Host): somebody else has reaped
    /// it.
    [[nodiscard]] CELLOS_DECL Result<WaitStatus> reap() noexcept;

private:
    pid_t pid_ = -1;
    Descriptor pidfd_;
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/child_process.ipp>
#endif
