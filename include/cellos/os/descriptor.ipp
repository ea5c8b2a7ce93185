#pragma once

#include <cellos/core/visible.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/write_signals.hpp>

#include <algorithm>
#include <system_error>

#include <sys/mman.h>
#include <sys/stat.h>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL tl::unexpected<CellosError> failure(std::string_view what, int error) {
    std::string message = visible(what); // it may name a path that others have chosen
    message += ": ";
    message += std::generic_category().message(error);
    return cellos::failure(CellosError::Kind::Host, std::move(message));
}

CELLOS_DECL int moved_above_stdio(int fd) noexcept {
    if (fd < 0 || fd > 2) return fd;
    const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    ::close(fd);
    if (moved == -1) errno = EMFILE; // or EINVAL, where the limit is 3 or less
    return moved;
}

CELLOS_DECL Result<Descriptor> open_at(int directory, const char* path, int flags, mode_t mode) {
    Descriptor file{
        retry_on_interrupt([&] { return ::openat(directory, path, flags | O_CLOEXEC, mode); })};
    if (!file) return failure(std::string{"cannot open "} + path);
    return file;
}

CELLOS_DECL Result<Pipe> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) == -1) return failure("cannot make a pipe");
    Pipe pipe{Descriptor{ends[0]}, Descriptor{ends[1]}};
    if (!pipe.read_end || !pipe.write_end) return failure("cannot make a pipe", EMFILE);
    return pipe;
}

CELLOS_DECL Result<Descriptor> make_memory_file(const char* name) {
    Descriptor file{::memfd_create(name, MFD_CLOEXEC)};
    if (!file) return failure("cannot make a file in memory");
    return file;
}

CELLOS_DECL Result<void> write_all(int fd, std::string_view bytes) {
    const WriteSignalGuard guard;
    while (!bytes.empty()) {
        const ssize_t written =
            retry_on_interrupt([&] { return ::write(fd, bytes.data(), bytes.size()); });
        if (written == -1) return failure("cannot write");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

CELLOS_DECL Result<std::string> read_all(int fd, std::size_t limit) {
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

CELLOS_DECL std::string memory_file_text(int fd, std::size_t limit) {
    if (::lseek(fd, 0, SEEK_SET) == -1) return {};
    return read_all(fd, limit).value_or(std::string{});
}

CELLOS_DECL Result<std::string> read_file(int directory, const char* path, std::size_t limit) {
    auto file = open_at(directory, path, O_RDONLY | O_NONBLOCK);
    if (!file) return failure_of(file);
    return read_all(file->get(), limit);
}

CELLOS_DECL Result<void> make_directory(int directory, const char* path, mode_t mode) {
    if (::mkdirat(directory, path, mode) == 0 && ::fchmodat(directory, path, mode, 0) == 0)
        return {};
    return failure(std::string{"cannot make the directory "} + path);
}

CELLOS_DECL Result<void> write_new_file(
    int directory, const char* path, std::string_view content, mode_t mode
) {
    auto file = open_at(directory, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    if (!file) return failure_of(file);
    if (::fchmod(file->get(), mode) == -1) return failure(std::string{"cannot make "} + path);
    return write_all(file->get(), content);
}

CELLOS_DECL Result<void> write_setting(int directory, const char* path, std::string_view content) {
    auto setting = open_at(directory, path, O_WRONLY);
    if (!setting) return failure_of(setting);
    auto written = write_all(setting->get(), content);
    if (!written) written.error().message += std::string{" to "} + path;
    return written;
}

} // namespace cellos::inline CELLOS_ABI::os
