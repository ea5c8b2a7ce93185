#pragma once

#include <cellos/core/result.hpp>

#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

/// @file
/// Descriptors that close themselves, and the one place where EINTR and short transfers are
/// handled. All errors are CellosError::Kind::Host and end in what the kernel said. The functions
/// share no state: they are as thread-safe as the system calls, which move the position of a file.

namespace cellos::inline CELLOS_ABI::os {

/// `Host: <what>: <text of errno>`. Call it before anything else can change `errno`.
[[nodiscard]] CELLOS_DECL tl::unexpected<CellosError> failure(
    std::string_view what, int error = errno
);

/// Repeats a system call that a signal interrupted.
template <class Call>
[[nodiscard]] auto retry_on_interrupt(Call call) noexcept(noexcept(call())) {
    auto result = call();
    while (result == -1 && errno == EINTR) result = call();
    return result;
}

/// Owns one descriptor; move-only; -1 is "none". Not thread-safe.
class Descriptor {
public:
    Descriptor() noexcept = default;
    /// Takes `fd` over.
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

    /// Still owned by this object.
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
    /// The caller has to close it from now on.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
    // Linux frees the number even when close() is interrupted: never twice.
    void reset() noexcept {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }

private:
    int fd_ = -1;
};

/// `openat` with O_CLOEXEC; `directory` may be AT_FDCWD. The error names the path.
[[nodiscard]] CELLOS_DECL Result<Descriptor> open_at(
    int directory, const char* path, int flags, mode_t mode = 0
);

/// Both ends block, and neither survives exec.
struct Pipe {
    Descriptor read_end;
    Descriptor write_end;
};

[[nodiscard]] CELLOS_DECL Result<Pipe> make_pipe();

/// Moves a descriptor out of the numbers that a child gets as its standard streams. Matters only
/// where the host program runs with one of its own closed.
[[nodiscard]] CELLOS_DECL Result<Descriptor> above_stdio(Descriptor descriptor);

/// A nameless file in memory. `name` shows in /proc only.
[[nodiscard]] CELLOS_DECL Result<Descriptor> make_memory_file(const char* name);

/// Writes all of it, and waits as long as that takes. ENOSPC and the like are errors; nothing is
/// said about how much was written then. So is EAGAIN where `fd` does not block.
[[nodiscard]] CELLOS_DECL Result<void> write_all(int fd, std::string_view bytes);

/// Reads from the current position to the end, but no more than `limit` bytes; that there is more
/// is no error.
[[nodiscard]] CELLOS_DECL Result<std::string> read_all(
    int fd, std::size_t limit = std::size_t{1} << 20
);

/// The whole of a memory file, whatever position its writers left it at, but no more than `limit`
/// bytes. Empty if it cannot be read.
[[nodiscard]] CELLOS_DECL std::string memory_file_text(
    int fd, std::size_t limit = std::size_t{64} << 10
);

/// The whole of a small file below `directory`, but no more than `limit` bytes. The error names the
/// path if the file cannot be opened.
[[nodiscard]] CELLOS_DECL Result<std::string> read_file(
    int directory, const char* path, std::size_t limit = std::size_t{1} << 20
);

/// Makes a file that must not exist yet and writes `content`. If that fails half-way, what was
/// written stays.
[[nodiscard]] CELLOS_DECL Result<void> write_new_file(
    int directory, const char* path, std::string_view content, mode_t mode
);

/// Writes `content` to a file that must be there, as a setting of the kernel is; what it held is
/// not cut off. The error names the path.
[[nodiscard]] CELLOS_DECL Result<void> write_setting(
    int directory, const char* path, std::string_view content
);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/descriptor.ipp>
#endif
