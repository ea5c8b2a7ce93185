#pragma once

#include <cellos/os/descriptor.hpp>
#include <cellos/os/quiet_write.hpp>
#include <cellos/os/wait.hpp>

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL SigpipeGuard::SigpipeGuard() noexcept {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    ::sigemptyset(&pending);
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
}

CELLOS_DECL SigpipeGuard::~SigpipeGuard() {
    const int error = errno;
    const timespec at_once{};
    if (!was_pending_) ::sigtimedwait(&pipe_, nullptr, &at_once);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
}

CELLOS_DECL ssize_t write_quietly(int fd, std::string_view bytes) noexcept {
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

CELLOS_DECL ssize_t splice_quietly(int from, int to, std::size_t count) noexcept {
    const SigpipeGuard guard;
    return retry_on_interrupt([&] {
        return ::splice(from, nullptr, to, nullptr, count, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    });
}

} // namespace cellos::inline CELLOS_ABI::os
