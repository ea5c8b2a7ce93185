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
/// handled. All errors are CellosError::Kind::Host and end with the text of errno. The functions
/// share no state; like the system calls, they are thread-safe but move the position of a file.

namespace cellos::inline CELLOS_ABI::os {

/// Makes the error `Host: <what>: <text of errno>`, with control characters in `what` made visible.
/// Call it before anything else can change `errno`.
[[nodiscard]] CELLOS_DECL tl::unexpected<CellosError> failure(
    std::string_view what, int error = errno
);

/// Repeats a system call while signals interrupt it (EINTR).
template <class Call>
[[nodiscard]] auto retry_on_interrupt(Call call) noexcept(noexcept(call())) {
    auto result = call();
    while (result == -1 && errno == EINTR) result = call();
    return result;
}

/// Moves a descriptor that got the number of a standard stream, since the host program runs with
/// one of them closed, to a higher one: what that program, or a child, writes to its stdout must
/// not end up in ours. Others stay. It does not survive exec then. -1, with `errno`, and nothing is
/// open, if there is no number left.
[[nodiscard]] CELLOS_DECL int moved_above_stdio(int fd) noexcept;

/// Owns one descriptor, never 0, 1 or 2; move-only; -1 is "none". Not thread-safe.
class Descriptor {
public:
    Descriptor() noexcept = default;
    /// Takes `fd` over, as moved_above_stdio() has it: whether there is one is to be asked
    /// afterwards, and `errno` says why not.
    explicit Descriptor(int fd) noexcept : fd_{fd > 2 ? fd : moved_above_stdio(fd)} {}
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
    /// Gives up ownership: the caller has to close it.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
    // Linux frees the number even if close() is interrupted, so it is never called twice.
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

/// A pipe. Both ends block, and are closed on exec.
struct Pipe {
    Descriptor read_end;
    Descriptor write_end;
};

[[nodiscard]] CELLOS_DECL Result<Pipe> make_pipe();

/// A nameless file in memory. `name` shows in /proc only.
[[nodiscard]] CELLOS_DECL Result<Descriptor> make_memory_file(const char* name);

/// Writes all of `bytes`, blocking as long as that takes. ENOSPC and the like are errors, and so is
/// EAGAIN on a non-blocking `fd`; part of the bytes may have been written then. What would be
/// SIGPIPE or SIGXFSZ is an error, too.
[[nodiscard]] CELLOS_DECL Result<void> write_all(int fd, std::string_view bytes);

/// Reads from the current position to the end, up to `limit` bytes. Longer input is cut off without
/// an error.
[[nodiscard]] CELLOS_DECL Result<std::string> read_all(
    int fd, std::size_t limit = std::size_t{1} << 20
);

/// The content of a memory file from its beginning, up to `limit` bytes. Empty if it cannot be
/// read.
[[nodiscard]] CELLOS_DECL std::string memory_file_text(
    int fd, std::size_t limit = std::size_t{64} << 10
);

/// The content of a file below `directory`, up to `limit` bytes. The error names the path if the
/// file cannot be opened.
[[nodiscard]] CELLOS_DECL Result<std::string> read_file(
    int directory, const char* path, std::size_t limit = std::size_t{1} << 20
);

/// Makes a directory with exactly this mode, whatever the umask. The error names the path.
[[nodiscard]] CELLOS_DECL Result<void> make_directory(int directory, const char* path, mode_t mode);

/// Creates a file with exactly this mode, which must not exist yet, and writes `content`. After a
/// failure a partly written file may remain.
[[nodiscard]] CELLOS_DECL Result<void> write_new_file(
    int directory, const char* path, std::string_view content, mode_t mode
);

/// Writes `content` to an existing file, such as a kernel setting, without truncating it. The error
/// names the path.
[[nodiscard]] CELLOS_DECL Result<void> write_setting(
    int directory, const char* path, std::string_view content
);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/descriptor.ipp>
#endif
