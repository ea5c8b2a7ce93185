#pragma once

#include <cellos/os/output_stream.hpp>
#include <cellos/os/quiet_write.hpp>
#include <cellos/os/wait.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

namespace detail {

[[nodiscard]] inline bool is_pipe(int fd) noexcept {
    struct stat info {};
    return fd >= 0 && ::fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode);
}

[[nodiscard]] inline std::uint64_t bytes_waiting(const Descriptor& pipe) noexcept {
    int count = 0;
    ::ioctl(pipe.get(), FIONREAD, &count);
    return static_cast<std::uint64_t>((std::max)(count, 0));
}

} // namespace detail

CELLOS_DECL std::size_t OutputBudget::take(std::size_t count) noexcept {
    const auto allowed = static_cast<std::size_t>(std::min<std::uint64_t>(count, left));
    left -= allowed;
    if (allowed < count) exceeded = true;
    return allowed;
}

CELLOS_DECL Result<OutputStream> OutputStream::to_text(
    Descriptor pipe, std::string& text, std::size_t limit
) {
    auto stream = open(std::move(pipe));
    if (stream) {
        stream->text_ = &text;
        stream->text_limit_ = limit;
    }
    return stream;
}

CELLOS_DECL Result<OutputStream> OutputStream::to_descriptor(Descriptor pipe, int target) {
    auto stream = open(std::move(pipe));
    if (stream) {
        stream->target_ = target;
        stream->splices_ = detail::is_pipe(target);
    }
    return stream;
}

CELLOS_DECL pollfd OutputStream::waited() const noexcept {
    if (waits_for_target()) return {target_, POLLOUT, 0};
    return {pipe_.get(), POLLIN, 0};
}

CELLOS_DECL bool OutputStream::pump(OutputBudget& budget, bool& dropped) {
    target_is_full_ = false;
    if (!pending_.empty()) return deliver();
    if (!pipe_) return false;
    if (splices_ && budget.left > 0 && detail::bytes_waiting(pipe_) >= spliced_from) {
        const auto most =
            static_cast<std::size_t>(std::min<std::uint64_t>(budget.left, spliced_at_once));
        const ssize_t moved = splice_quietly(pipe_.get(), target_, most);
        if (moved > 0) {
            taken_ += static_cast<std::size_t>(moved);
            return budget.take(static_cast<std::size_t>(moved)) > 0;
        }
        if (moved == 0 || errno == EPIPE) return close();
        if (errno == EAGAIN) {
            target_is_full_ = is_ready(pipe_.get(), POLLIN);
            return false;
        }
        splices_ = false;
    }
    return copy(budget, dropped);
}

CELLOS_DECL void OutputStream::drain(
    OutputBudget& budget, bool& dropped, Clock::time_point deadline
) {
    if (!pipe_) return;
    const std::uint64_t end = taken_ + detail::bytes_waiting(pipe_);
    bool delivered = true;
    while (delivered && pipe_ && taken_ < end) {
        delivered = wait_for_target(deadline);
        if (delivered && !pump(budget, dropped) && !waits_for_target()) break;
    }
    if (!delivered || !wait_for_target(deadline)) fail(ETIMEDOUT);
    pipe_.reset();
}

inline Result<OutputStream> OutputStream::open(Descriptor pipe) {
    // Only this end: the flag lives on the open description, and the workload's must block.
    if (::fcntl(pipe.get(), F_SETFL, O_NONBLOCK) == -1) return failure("cannot prepare a pipe");
    OutputStream stream;
    stream.pipe_ = std::move(pipe);
    return stream;
}

inline bool OutputStream::waits_for_target() const noexcept {
    return !pending_.empty() || target_is_full_;
}

inline bool OutputStream::close() noexcept {
    pending_ = {};
    target_is_full_ = false;
    pipe_.reset();
    return false;
}

inline bool OutputStream::fail(int error) noexcept {
    if (error != EPIPE && error != ECONNRESET) error_ = error;
    return close();
}

inline bool OutputStream::copy(OutputBudget& budget, bool& dropped) {
    if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(copied_at_once);
    const ssize_t got =
        retry_on_interrupt([&] { return ::read(pipe_.get(), buffer_.get(), copied_at_once); });
    if (got <= 0) return got == -1 && errno == EAGAIN ? false : close();
    taken_ += static_cast<std::size_t>(got);
    const std::string_view bytes{buffer_.get(), static_cast<std::size_t>(got)};
    const std::size_t allowed = budget.take(bytes.size());
    if (allowed < bytes.size()) dropped = true;
    if (target_ >= 0) {
        pending_ = bytes.substr(0, allowed);
    } else if (text_ != nullptr) {
        const std::size_t kept = (std::min)(allowed, text_limit_ - text_->size());
        text_->append(bytes.substr(0, kept));
        if (kept < allowed) dropped = true;
    }
    return true;
}

inline bool OutputStream::deliver() {
    const ssize_t written = write_quietly(target_, pending_);
    if (written == -1) return errno == EAGAIN ? false : fail(errno);
    pending_.remove_prefix(static_cast<std::size_t>(written));
    return true;
}

inline bool OutputStream::wait_for_target(Clock::time_point deadline) {
    while (waits_for_target()) {
        if (!wait_readable(target_, deadline, POLLOUT)) return false;
        target_is_full_ = false;
        if (!pending_.empty()) deliver();
    }
    return true;
}

} // namespace cellos::inline CELLOS_ABI::os
