#pragma once

#include <cellos/core/stdio.hpp>
#include <cellos/host/linux/descriptor.hpp>
#include <cellos/host/linux/quiet_write.hpp>
#include <cellos/host/linux/wait.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <sys/stat.h>

namespace cellos::inline v0::os {

/// Which of the caller's own descriptors the child does not get itself, but a pipe in their place.
enum class Relay : std::uint8_t {
    None,
    /// Files that a program could write to at an offset of its own. gVisor does: what stood in them
    /// before would be overwritten.
    Files,
    /// All, also where there is none: what nobody reads can still be counted.
    All,
};

/// The standard streams of one run: what the child gets as 0, 1 and 2, and this side of the pipes.
///
/// Text for stdin is handed over as a read-only file in memory: a workload that never reads it
/// cannot block anybody, and no SIGPIPE can hit the host program. Captured output beyond the limit
/// is read and dropped, so a workload is never blocked by it either and memory stays flat. Relayed
/// output waits for its reader, in the workload as it would without us, and never here.
class StdioBridge {
public:
    static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

    /// `captured` is needed for Capture, told of what a limit cut off, and must outlive the bridge.
    /// `limit_bytes` bounds what passes through the pipes of both streams together; with Relay::All
    /// that is everything.
    [[nodiscard]] static Result<StdioBridge> open(
        const Stdio& stdio,
        CapturedOutput* captured,
        Relay relay = Relay::None,
        std::uint64_t limit_bytes = unlimited
    ) {
        StdioBridge bridge;
        bridge.captured_ = captured;
        bridge.relay_ = relay;
        bridge.left_ = limit_bytes;
        auto opened = std::visit([&](const auto& choice) { return bridge.open_as(choice); }, stdio);
        if (!opened) return cellos::failure(std::move(opened).error());
        return bridge;
    }

    /// What to give to SpawnRequest::stdio; valid until `close_child_ends`.
    [[nodiscard]] std::array<int, 3> child_ends() const noexcept { return child_ends_; }

    /// To be called once the child has its own copies.
    void close_child_ends() noexcept { owned_child_ends_ = {}; }

    /// What to poll for each stream: the pipe, or the target that has to take what came through it
    /// first.
    [[nodiscard]] std::array<pollfd, 2> waited() const noexcept {
        const auto of = [](const Stream& stream) -> pollfd {
            if (stream.pending.empty()) return {stream.pipe.get(), POLLIN, 0};
            return {stream.target, POLLOUT, 0};
        };
        return {of(streams_[0]), of(streams_[1])};
    }

    /// Moves on what the poll of stream 0 or 1 has reported. Does not block. True if there may be
    /// more at once.
    bool pump(std::size_t number) {
        Stream& stream = streams_[number];
        if (!stream.pending.empty()) return deliver(stream);
        if (!stream.pipe) return false;
        const ssize_t got = retry_on_interrupt([&] {
            return ::read(stream.pipe.get(), stream.buffer.get(), buffer_size);
        });
        if (got <= 0) {
            if (got == 0 || errno != EAGAIN) stream.pipe.reset();
            return false;
        }
        const auto count = static_cast<std::size_t>(got);
        const auto allowed = static_cast<std::size_t>(std::min<std::uint64_t>(count, left_));
        left_ -= allowed;
        if (allowed < count) {
            exceeded_ = true;
            if (captured_) captured_->truncated = true;
        }
        if (stream.target >= 0) {
            stream.pending = {stream.buffer.get(), allowed};
            return true;
        }
        if (stream.text) {
            const std::size_t kept = std::min(allowed, kept_bytes_ - stream.text->size());
            stream.text->append(stream.buffer.get(), kept);
            if (kept < allowed) captured_->truncated = true;
        }
        return true;
    }

    /// Takes what is in the pipes after the workload has ended, and no more than fits a pipe: a
    /// background process that still holds and fills one must not keep the caller. The reader of a
    /// relayed stream may take until `deadline`.
    void drain(Clock::time_point deadline = Clock::now()) {
        for (std::size_t number = 0; number < streams_.size(); ++number) {
            Stream& stream = streams_[number];
            if (!stream.pipe) continue;
            std::size_t capacity =
                static_cast<std::size_t>(std::max(::fcntl(stream.pipe.get(), F_GETPIPE_SZ), 0));
            for (auto passes = capacity / buffer_size + 1; passes > 0; --passes) {
                if (!finish_pending(stream, deadline) || !pump(number)) break;
            }
            static_cast<void>(finish_pending(stream, deadline));
            stream.pipe.reset();
        }
    }

    /// Whether more came than `limit_bytes`. What was too much has been dropped.
    [[nodiscard]] bool limit_exceeded() const noexcept { return exceeded_; }

private:
    static constexpr std::size_t buffer_size = std::size_t{64} << 10;

    struct Stream {
        Descriptor pipe; ///< non-blocking; empty when nothing comes this way or all was read
        std::string* text = nullptr; ///< where to keep what comes, or
        int target = -1;             ///< where to write it to
        std::unique_ptr<char[]> buffer{};
        std::string_view pending{}; ///< in the buffer: what the target has not taken yet
    };

    /// Writes as much as the target takes without blocking. One that is gone takes the pipe with
    /// it, as if the workload had written there itself: it learns of it by EPIPE.
    static bool deliver(Stream& stream) {
        const ssize_t written = write_quietly(stream.target, stream.pending);
        if (written == -1 && errno == EAGAIN) return false;
        if (written == -1) {
            stream.pending = {};
            stream.pipe.reset();
            return false;
        }
        stream.pending.remove_prefix(static_cast<std::size_t>(written));
        return true;
    }

    [[nodiscard]] static bool finish_pending(Stream& stream, Clock::time_point deadline) {
        while (!stream.pending.empty()) {
            if (!wait_readable(stream.target, deadline, POLLOUT)) return false;
            deliver(stream);
        }
        return true;
    }

    [[nodiscard]] Result<void> open_as(const Capture& capture) {
        kept_bytes_ = capture.limit_bytes;
        if (!capture.stdin_text.empty()) {
            auto input = input_file(capture.stdin_text);
            if (!input) return cellos::failure(std::move(input).error());
            give(0, std::move(*input));
        }
        if (auto opened = open_stream(0, &captured_->stdout_text, -1); !opened) return opened;
        return open_stream(1, &captured_->stderr_text, -1);
    }
    [[nodiscard]] Result<void> open_as(const Inherit&) { return open_as(Descriptors{0, 1, 2}); }
    [[nodiscard]] Result<void> open_as(const Discard&) { return open_as(Descriptors{}); }
    [[nodiscard]] Result<void> open_as(const Descriptors& given) {
        child_ends_ = {given.stdin_fd, given.stdout_fd, given.stderr_fd};
        for (std::size_t i = 0; i < 2; ++i) {
            const int fd = child_ends_[i + 1];
            if (relay_ == Relay::None || (relay_ == Relay::Files && !keeps_an_offset(fd))) continue;
            if (auto opened = open_stream(i, nullptr, fd); !opened) return opened;
        }
        return {};
    }

    [[nodiscard]] static bool keeps_an_offset(int fd) noexcept {
        struct stat info {};
        return fd >= 0 && ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
               (::fcntl(fd, F_GETFL) & O_APPEND) == 0;
    }

    [[nodiscard]] Result<void> open_stream(std::size_t number, std::string* text, int target) {
        auto pipe = make_pipe();
        if (!pipe) return cellos::failure(std::move(pipe).error());
        // Only this end: the flag lives on the open description, and the workload's must block.
        if (::fcntl(pipe->read_end.get(), F_SETFL, O_NONBLOCK) == -1) {
            return failure("cannot prepare a pipe");
        }
        give(number + 1, std::move(pipe->write_end));
        streams_[number] = {
            .pipe = std::move(pipe->read_end),
            .text = text,
            .target = target,
            .buffer = std::make_unique_for_overwrite<char[]>(buffer_size),
        };
        return {};
    }

    [[nodiscard]] static Result<Descriptor> input_file(std::string_view text) {
        auto file = make_memory_file("cellos-stdin");
        if (!file) return file;
        if (auto written = write_all(file->get(), text); !written)
            return cellos::failure(std::move(written).error());
        // A second open: its own offset, at the start, and no right to write.
        return open_at(
            AT_FDCWD, ("/proc/self/fd/" + std::to_string(file->get())).c_str(), O_RDONLY
        );
    }

    void give(std::size_t number, Descriptor end) noexcept {
        child_ends_[number] = end.get();
        owned_child_ends_[number] = std::move(end);
    }

    std::array<int, 3> child_ends_{-1, -1, -1};
    std::array<Descriptor, 3> owned_child_ends_{};
    std::array<Stream, 2> streams_{};
    CapturedOutput* captured_ = nullptr;
    Relay relay_ = Relay::None;
    std::size_t kept_bytes_ = 0; ///< of each stream
    std::uint64_t left_ = unlimited;
    bool exceeded_ = false;
};

} // namespace cellos::inline v0::os
