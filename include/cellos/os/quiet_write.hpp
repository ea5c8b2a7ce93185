#pragma once

#include <cellos/os/write_signals.hpp>

#include <cstddef>
#include <string_view>

#include <sys/types.h>

/// @file
/// Moves bytes to a descriptor of the host program without changing the host program's descriptor
/// flags or signal handling. The functions return what the system call returns, and set `errno`;
/// none of them takes ownership of a descriptor. Thread-safe.

namespace cellos::inline CELLOS_ABI::os {

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
