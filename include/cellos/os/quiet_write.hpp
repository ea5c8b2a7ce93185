#pragma once

#include <cellos/core/config.hpp>

#include <csignal>
#include <cstddef>
#include <string_view>

#include <sys/types.h>

/// @file
/// Moves bytes to a descriptor of the host program without changing the host program's descriptor
/// flags or signal handling. The functions return what the system call returns, and set `errno`;
/// none of them takes ownership of a descriptor. Thread-safe.

namespace cellos::inline CELLOS_ABI::os {

/// Suppresses a SIGPIPE that this thread causes during the lifetime of the object. The constructor
/// and the destructor must run in the same thread. A SIGPIPE that was pending before stays pending.
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

/// write(2) of a part of `bytes`, without SIGPIPE, and as far as possible without blocking: EAGAIN
/// instead. O_NONBLOCK would change the descriptor for all who share it; instead it relies on a
/// ready pipe or terminal taking PIPE_BUF bytes.
[[nodiscard]] CELLOS_DECL ssize_t write_quietly(int fd, std::string_view bytes) noexcept;

/// splice(2) of at most `count` bytes, without copying them through this process and without
/// SIGPIPE. If both ends are pipes it doesn't block: EAGAIN if either is not ready. EINVAL if one
/// of the two cannot be spliced.
[[nodiscard]] CELLOS_DECL ssize_t splice_quietly(int from, int to, std::size_t count) noexcept;

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/quiet_write.ipp>
#endif
