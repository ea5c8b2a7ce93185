#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/os/descriptor.hpp>

#include <pthread.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <ctime>
#include <string_view>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

/// @file
/// Moving bytes to a descriptor that belongs to the host program, whose flags and signals are not
/// ours to change.

namespace cellos::inline CELLOS_ABI::os {

/// Keeps a SIGPIPE that this thread causes away from the host program. One that was pending before
/// stays.
class SigpipeGuard {
public:
    SigpipeGuard() noexcept {
        ::sigemptyset(&pipe_);
        ::sigaddset(&pipe_, SIGPIPE);
        sigset_t pending;
        ::sigemptyset(&pending);
        ::sigpending(&pending);
        was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
        ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    SigpipeGuard(const SigpipeGuard&) = delete;
    SigpipeGuard& operator=(const SigpipeGuard&) = delete;
    ~SigpipeGuard() {
        const int error = errno;
        const timespec at_once{};
        if (!was_pending_) ::sigtimedwait(&pipe_, nullptr, &at_once);
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
        errno = error;
    }

private:
    sigset_t pipe_{};
    sigset_t before_{};
    bool was_pending_ = false;
};

/// Whether `fd` is ready for `events` now.
template <class = IfUsed>
[[nodiscard]] bool is_ready(int fd, short events) noexcept {
    pollfd looked_at{fd, events, 0};
    return ::poll(&looked_at, 1, 0) > 0;
}

/// write(2) of a part of `bytes`, without SIGPIPE, and without blocking where that can be known:
/// EAGAIN instead. O_NONBLOCK would change the descriptor for everybody who shares it; but a pipe
/// or terminal that is ready takes PIPE_BUF bytes.
template <class = IfUsed>
[[nodiscard]] ssize_t write_quietly(int fd, std::string_view bytes) noexcept {
    const ssize_t sent = retry_on_interrupt([&] {
        return ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    });
    if (sent != -1 || errno != ENOTSOCK) return sent;
    struct stat info {};
    if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
        return retry_on_interrupt([&] { return ::write(fd, bytes.data(), bytes.size()); });
    if (!is_ready(fd, POLLOUT)) {
        errno = EAGAIN;
        return -1;
    }
    const SigpipeGuard guard;
    const std::size_t step = std::min<std::size_t>(bytes.size(), PIPE_BUF);
    return retry_on_interrupt([&] { return ::write(fd, bytes.data(), step); });
}

/// splice(2) of `count` bytes at most, without copying them through this process, without SIGPIPE,
/// and without blocking where both ends are pipes: EAGAIN then, whichever end is not ready. EINVAL
/// where one of the two cannot be spliced.
template <class = IfUsed>
[[nodiscard]] ssize_t splice_quietly(int from, int to, std::size_t count) noexcept {
    const SigpipeGuard guard;
    return retry_on_interrupt([&] {
        return ::splice(from, nullptr, to, nullptr, count, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    });
}

} // namespace cellos::inline CELLOS_ABI::os
