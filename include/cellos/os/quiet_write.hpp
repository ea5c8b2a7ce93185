#pragma once

#include <cellos/core/config.hpp>

#include <csignal>
#include <cstddef>
#include <string_view>

#include <sys/types.h>

/// @file
/// Moving bytes to a descriptor that belongs to the host program, whose flags and signals are not
/// ours to change. The functions return what the system call does, with `errno`; none of them owns
/// or closes a descriptor.

namespace cellos::inline CELLOS_ABI::os {

/// Keeps a SIGPIPE that this thread causes away from the host program, from the constructor to the
/// destructor, which must run in the same thread. One that was pending before stays.
class SigpipeGuard {
public:
    CELLOS_DECL SigpipeGuard() noexcept;
    SigpipeGuard(const SigpipeGuard&) = delete;
    SigpipeGuard& operator=(const SigpipeGuard&) = delete;
    /// Leaves `errno` as it is.
    CELLOS_DECL ~SigpipeGuard();

private:
    sigset_t pipe_{};
    sigset_t before_{};
    bool was_pending_ = false;
};

/// write(2) of a part of `bytes`, without SIGPIPE, and without blocking where that can be known:
/// EAGAIN instead. O_NONBLOCK would change the descriptor for everybody who shares it; but a pipe
/// or terminal that is ready takes PIPE_BUF bytes.
[[nodiscard]] CELLOS_DECL ssize_t write_quietly(int fd, std::string_view bytes) noexcept;

/// splice(2) of `count` bytes at most, without copying them through this process, without SIGPIPE,
/// and without blocking where both ends are pipes: EAGAIN then, whichever end is not ready. EINVAL
/// where one of the two cannot be spliced.
[[nodiscard]] CELLOS_DECL ssize_t splice_quietly(int from, int to, std::size_t count) noexcept;

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/quiet_write.ipp>
#endif
