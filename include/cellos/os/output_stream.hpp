#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/quiet_write.hpp>
#include <cellos/os/wait.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>

namespace cellos::inline CELLOS_ABI::os {

/// How many bytes a workload may still write, all of its streams together.
struct OutputBudget {
    std::uint64_t left = 0;
    bool exceeded = false; ///< more came; it was dropped

    /// How much of `count` there is still room for.
    template <class = IfUsed>
    [[nodiscard]] std::size_t take(std::size_t count) noexcept {
        const auto allowed = static_cast<std::size_t>(std::min<std::uint64_t>(count, left));
        left -= allowed;
        if (allowed < count) exceeded = true;
        return allowed;
    }
};

/// One output stream of a workload: this side of a pipe, and where what comes through it goes: to a
/// text up to its limit, to a descriptor of the caller's, or nowhere. Nothing here blocks.
template <class = IfUsed>
class BasicOutputStream {
public:
    BasicOutputStream() noexcept = default;

    /// Keeps the first `limit` bytes in `text`, which must outlive the stream, and drops the rest.
    [[nodiscard]] static Result<BasicOutputStream> to_text(
        Descriptor pipe, std::string& text, std::size_t limit
    ) {
        auto stream = open(std::move(pipe));
        if (stream) {
            stream->text_ = &text;
            stream->text_limit_ = limit;
        }
        return stream;
    }

    /// Passes everything on to `target`, which the caller keeps open; -1: drops it.
    [[nodiscard]] static Result<BasicOutputStream> to_descriptor(Descriptor pipe, int target) {
        auto stream = open(std::move(pipe));
        if (stream) {
            stream->target_ = target;
            stream->splices_ = can_be_spliced_to(target);
        }
        return stream;
    }

    /// What begins with `marker` and is the first thing to come is no output but a message to the
    /// supervising process, of `size` bytes that were written at once. See message().
    void expect_message(std::string marker, std::size_t size) {
        marker_ = std::move(marker);
        message_size_ = size;
    }
    /// Empty: none came.
    [[nodiscard]] const std::string& message() const noexcept { return message_; }

    /// Whether anything can still come.
    [[nodiscard]] bool is_open() const noexcept { return bool{pipe_}; }

    /// What to poll for: the pipe, or the target that has to take what came through it first.
    [[nodiscard]] pollfd waited() const noexcept {
        if (waits_for_target()) return {target_, POLLOUT, 0};
        return {pipe_.get(), POLLIN, 0};
    }

    /// Moves on what poll has reported. True if there may be more at once. `dropped` is set if
    /// something was beyond the text's limit.
    bool pump(OutputBudget& budget, bool& dropped) {
        target_is_full_ = false;
        if (!pending_.empty()) return deliver();
        if (!pipe_) return false;
        if (splices_ && marker_.empty() && budget.left > 0) {
            const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(budget.left, step));
            const ssize_t moved = splice_quietly(pipe_.get(), target_, most);
            if (moved > 0) return budget.take(static_cast<std::size_t>(moved)) > 0;
            if (moved == 0 || errno == EPIPE) return close();
            if (errno == EAGAIN) {
                target_is_full_ = is_ready(pipe_.get(), POLLIN);
                return false;
            }
            splices_ = false;
        }
        return copy(budget, dropped);
    }

    /// Takes what is in the pipe after the workload has ended, and no more than fits a pipe: a
    /// background process that still holds and fills one must not keep the caller. A target may
    /// take until `deadline`.
    void drain(OutputBudget& budget, bool& dropped, Clock::time_point deadline) {
        if (!pipe_) return;
        const int capacity = std::max(::fcntl(pipe_.get(), F_GETPIPE_SZ), 0);
        for (auto passes = static_cast<std::size_t>(capacity) / step + 1; passes > 0; --passes) {
            if (!wait_for_target(deadline)) break;
            if (!pump(budget, dropped) && !waits_for_target()) break;
        }
        static_cast<void>(wait_for_target(deadline));
        pipe_.reset();
    }

private:
    static constexpr std::size_t step = std::size_t{64} << 10;

    [[nodiscard]] static Result<BasicOutputStream> open(Descriptor pipe) {
        // Only this end: the flag lives on the open description, and the workload's must block.
        if (::fcntl(pipe.get(), F_SETFL, O_NONBLOCK) == -1) return failure("cannot prepare a pipe");
        BasicOutputStream stream;
        stream.pipe_ = std::move(pipe);
        stream.buffer_ = std::make_unique_for_overwrite<char[]>(step);
        return stream;
    }

    // Others could block, or would have to be written to at an offset that is not theirs.
    [[nodiscard]] static bool can_be_spliced_to(int target) noexcept {
        struct stat info {};
        if (target < 0 || ::fstat(target, &info) == -1) return false;
        return S_ISFIFO(info.st_mode) ||
               (S_ISREG(info.st_mode) && (::fcntl(target, F_GETFL) & O_APPEND) == 0);
    }

    [[nodiscard]] bool waits_for_target() const noexcept {
        return !pending_.empty() || target_is_full_;
    }

    // The workload learns of a target that is gone by EPIPE, as if it had written there itself.
    bool close() noexcept {
        pending_ = {};
        pipe_.reset();
        return false;
    }

    bool copy(OutputBudget& budget, bool& dropped) {
        const ssize_t got =
            retry_on_interrupt([&] { return ::read(pipe_.get(), buffer_.get(), step); });
        if (got <= 0) return got == -1 && errno == EAGAIN ? false : close();
        const std::string_view bytes{buffer_.get(), static_cast<std::size_t>(got)};
        const std::string marker = std::exchange(marker_, {});
        if (!marker.empty() && bytes.size() == message_size_ && bytes.starts_with(marker)) {
            message_ = bytes;
            return true;
        }
        const std::size_t allowed = budget.take(bytes.size());
        if (allowed < bytes.size()) dropped = true;
        if (target_ >= 0) {
            pending_ = bytes.substr(0, allowed);
        } else if (text_ != nullptr) {
            const std::size_t kept = std::min(allowed, text_limit_ - text_->size());
            text_->append(bytes.substr(0, kept));
            if (kept < allowed) dropped = true;
        }
        return true;
    }

    bool deliver() {
        const ssize_t written = write_quietly(target_, pending_);
        if (written == -1) return errno == EAGAIN ? false : close();
        pending_.remove_prefix(static_cast<std::size_t>(written));
        return true;
    }

    [[nodiscard]] bool wait_for_target(Clock::time_point deadline) {
        while (waits_for_target()) {
            if (!wait_readable(target_, deadline, POLLOUT)) return false;
            target_is_full_ = false;
            if (!pending_.empty()) deliver();
        }
        return true;
    }

    Descriptor pipe_; ///< empty when nothing comes this way or all was read
    std::string* text_ = nullptr;
    std::size_t text_limit_ = 0;
    int target_ = -1;
    bool splices_ = false;
    bool target_is_full_ = false; ///< of what could be spliced
    std::unique_ptr<char[]> buffer_{};
    std::string_view pending_{}; ///< in the buffer: what the target has not taken yet
    std::string marker_{};
    std::size_t message_size_ = 0;
    std::string message_{};
};

using OutputStream = BasicOutputStream<>;

} // namespace cellos::inline CELLOS_ABI::os
