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

/// Keeps the signals of a write that fails, SIGPIPE and SIGXFSZ, away from the host program if this
/// thread causes them, from the constructor to the destructor, which must run in the same thread.
/// One that was pending before stays.
class WriteSignalGuard {
public:
    CELLOS_DECL WriteSignalGuard() noexcept;
    WriteSignalGuard(const WriteSignalGuard&) = delete;
    WriteSignalGuard& operator=(const WriteSignalGuard&) = delete;
    /// Leaves `errno` as it is.
    CELLOS_DECL ~WriteSignalGuard();

private:
    sigset_t kept_away_{}; ///< those that were not pending before
    sigset_t before_{};
};

/// write(2) of a part of `bytes`, without signals, and without blocking where that can be known:
/// EAGAIN instead. O_NONBLOCK would change the descriptor for everybody who shares it; but a pipe
/// or terminal that is ready takes PIPE_BUF bytes.
[[nodiscard]] CELLOS_DECL ssize_t write_quietly(int fd, std::string_view bytes) noexcept;

/// splice(2) of `count` bytes at most, without copying them through this process, without signals,
/// and without blocking where both ends are pipes: EAGAIN then, whichever end is not ready. EINVAL
/// where one of the two cannot be spliced.
[[nodiscard]] CELLOS_DECL ssize_t splice_quietly(int from, int to, std::size_t count) noexcept;

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/quiet_write.ipp>
#endif
