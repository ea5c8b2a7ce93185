#pragma once

#include <cellos/os/descriptor.hpp>
#include <cellos/os/quiet_write.hpp>
#include <cellos/os/wait.hpp>

#include <algorithm>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

namespace detail {

// Files, and /dev/null, zero and full.
[[nodiscard]] inline bool never_blocks(const struct stat& info) noexcept {
    constexpr unsigned memory_devices = 1;
    return S_ISREG(info.st_mode) ||
           (S_ISCHR(info.st_mode) && major(info.st_rdev) == memory_devices);
}

} // namespace detail

CELLOS_DECL ssize_t write_quietly(int fd, std::string_view bytes) noexcept {
    const ssize_t sent = retry_on_interrupt([&] {
        return ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    });
    if (sent != -1 || errno != ENOTSOCK) return sent;
    struct stat info {};
    const bool is_known = ::fstat(fd, &info) == 0;
    const WriteSignalGuard guard;
    if (is_known && detail::never_blocks(info))
        return retry_on_interrupt([&] { return ::write(fd, bytes.data(), bytes.size()); });
    if (!is_ready(fd, POLLOUT)) {
        errno = EAGAIN;
        return -1;
    }
    const std::size_t step = std::min<std::size_t>(bytes.size(), PIPE_BUF);
    return retry_on_interrupt([&] { return ::write(fd, bytes.data(), step); });
}

CELLOS_DECL ssize_t splice_quietly(int from, int to, std::size_t count) noexcept {
    const WriteSignalGuard guard;
    return retry_on_interrupt([&] {
        return ::splice(from, nullptr, to, nullptr, count, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    });
}

} // namespace cellos::inline CELLOS_ABI::os
