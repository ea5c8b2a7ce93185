#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/// @file
/// Descriptors that close themselves, and the one place where EINTR and short transfers are
/// handled.

namespace cellos::inline CELLOS_ABI::os {

/// `Host: <what>: <text of errno>`. Call it before anything else can change `errno`.
template <class = IfUsed>
[[nodiscard]] tl::unexpected<CellosError> failure(std::string_view what, int error = errno) {
    std::string message{what};
    message += ": ";
    message += std::generic_category().message(error);
    return cellos::failure(CellosError::Kind::Host, std::move(message));
}

/// Repeats a system call that a signal interrupted.
template <class Call>
[[nodiscard]] auto retry_on_interrupt(Call call) noexcept(noexcept(call())) {
    auto result = call();
    while (result == -1 && errno == EINTR) result = call();
    return result;
}

/// Owns one descriptor; move-only; -1 is "none".
class Descriptor {
public:
    Descriptor() noexcept = default;
    explicit Descriptor(int fd) noexcept : fd_{fd} {}
    Descriptor(Descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    ~Descriptor() { reset(); }

    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
    // Linux frees the number even when close() is interrupted: never twice.
    template <class = IfUsed>
    void reset() noexcept {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }

private:
    int fd_ = -1;
};

/// `openat` with O_CLOEXEC; `directory` may be AT_FDCWD.
template <class = IfUsed>
[[nodiscard]] Result<Descriptor> open_at(
    int directory, const char* path, int flags, mode_t mode = 0
) {
    const int fd =
        retry_on_interrupt([&] { return ::openat(directory, path, flags | O_CLOEXEC, mode); });
    if (fd == -1) return failure(std::string{"cannot open "} + path);
    return Descriptor{fd};
}

struct Pipe {
    Descriptor read_end;
    Descriptor write_end;
};

template <class = IfUsed>
[[nodiscard]] Result<Pipe> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) == -1) return failure("cannot make a pipe");
    return Pipe{Descriptor{ends[0]}, Descriptor{ends[1]}};
}

/// Moves a descriptor out of the numbers that a child gets as its standard streams. Matters only
/// where the host program runs with one of its own closed.
template <class = IfUsed>
[[nodiscard]] Result<Descriptor> above_stdio(Descriptor descriptor) {
    if (descriptor.get() > 2) return descriptor;
    const int moved = ::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 3);
    if (moved == -1) return failure("cannot duplicate a descriptor");
    return Descriptor{moved};
}

/// A nameless file in memory. `name` shows in /proc only.
template <class = IfUsed>
[[nodiscard]] Result<Descriptor> make_memory_file(const char* name) {
    const int fd = ::memfd_create(name, MFD_CLOEXEC);
    if (fd == -1) return failure("cannot make a file in memory");
    return above_stdio(Descriptor{fd});
}

/// Writes all of it. ENOSPC and the like are errors; nothing is said about how much was written
/// then.
template <class = IfUsed>
[[nodiscard]] Result<void> write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written =
            retry_on_interrupt([&] { return ::write(fd, bytes.data(), bytes.size()); });
        if (written == -1) return failure("cannot write");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

/// Reads from the current position to the end, but no more than `limit` bytes.
template <class = IfUsed>
[[nodiscard]] Result<std::string> read_all(int fd, std::size_t limit = std::size_t{1} << 20) {
    std::string text;
    while (text.size() < limit) {
        const std::size_t before = text.size();
        const std::size_t step = std::min<std::size_t>(std::size_t{64} << 10, limit - before);
        text.resize(before + step);
        const ssize_t got =
            retry_on_interrupt([&] { return ::read(fd, text.data() + before, step); });
        text.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
        if (got == -1) return failure("cannot read");
        if (got == 0) break;
    }
    return text;
}

/// The whole of a memory file, whatever position its writers left it at.
template <class = IfUsed>
[[nodiscard]] std::string memory_file_text(int fd, std::size_t limit = std::size_t{64} << 10) {
    if (::lseek(fd, 0, SEEK_SET) == -1) return {};
    return read_all(fd, limit).value_or(std::string{});
}

/// The whole of a small file below `directory`; the error names the path.
template <class = IfUsed>
[[nodiscard]] Result<std::string> read_file(
    int directory, const char* path, std::size_t limit = std::size_t{1} << 20
) {
    auto file = open_at(directory, path, O_RDONLY | O_NONBLOCK);
    if (!file) return failure_of(file);
    return read_all(file->get(), limit);
}

/// Makes a file that must not exist yet and writes `content`.
template <class = IfUsed>
[[nodiscard]] Result<void> write_new_file(
    int directory, const char* path, std::string_view content, mode_t mode
) {
    auto file = open_at(directory, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    if (!file) return failure_of(file);
    return write_all(file->get(), content);
}

} // namespace cellos::inline CELLOS_ABI::os
