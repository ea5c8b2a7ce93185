#pragma once

#include <cellos/core/stdio.hpp>
#include <cellos/host/linux/descriptor.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
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
};

/// The standard streams of one run: what the child gets as 0, 1 and 2, and this side of the pipes.
///
/// Text for stdin is handed over as a read-only file in memory: a workload that never reads it
/// cannot block anybody, and no SIGPIPE can hit the host program. Output beyond the limit is read
/// and dropped, so a workload is never blocked by it either and memory stays flat.
class StdioBridge {
public:
    /// `captured` is needed for Capture only, and must outlive the bridge.
    [[nodiscard]] static Result<StdioBridge> open(
        const Stdio& stdio, CapturedOutput* captured, Relay relay = Relay::None
    ) {
        StdioBridge bridge;
        bridge.captured_ = captured;
        bridge.relay_ = relay;
        auto opened = std::visit([&](const auto& choice) { return bridge.open_as(choice); }, stdio);
        if (!opened) return cellos::failure(std::move(opened).error());
        return bridge;
    }

    /// What to give to SpawnRequest::stdio; valid until `close_child_ends`.
    [[nodiscard]] std::array<int, 3> child_ends() const noexcept { return child_ends_; }

    /// To be called once the child has its own copies.
    void close_child_ends() noexcept { owned_child_ends_ = {}; }

    struct Stream {
        Descriptor pipe; ///< non-blocking; empty when nothing is captured or all was read
        std::string* text = nullptr; ///< where to keep what comes, or
        int target = -1;             ///< where to write it to
    };
    /// The pipes to poll for reading.
    [[nodiscard]] std::array<Stream, 2>& streams() noexcept { return streams_; }

    /// Reads once what has arrived; closes the stream at its end. True if there may be more at
    /// once.
    bool pump(Stream& stream) {
        const ssize_t got = retry_on_interrupt([&] {
            return ::read(stream.pipe.get(), buffer_.get(), buffer_size);
        });
        if (got <= 0) {
            if (got == 0 || errno != EAGAIN) stream.pipe.reset();
            return false;
        }
        const auto count = static_cast<std::size_t>(got);
        written_ += count;
        if (stream.text == nullptr) {
            const bool taken = write_all(stream.target, {buffer_.get(), count}).has_value();
            // As if the workload had written there itself: it learns of it by EPIPE.
            if (!taken) stream.pipe.reset();
            return taken;
        }
        const std::size_t kept = std::min(count, limit_ - stream.text->size());
        stream.text->append(buffer_.get(), kept);
        if (kept < count) captured_->truncated = true;
        return true;
    }

    /// Takes what is in the pipes after the workload has ended, and no more than fits a pipe: a
    /// background process that still holds and fills one must not keep the caller.
    void drain() {
        for (Stream& stream : streams_) {
            if (!stream.pipe) continue;
            const int capacity = std::max(::fcntl(stream.pipe.get(), F_GETPIPE_SZ), 0);
            for (auto passes = static_cast<std::size_t>(capacity) / buffer_size + 1; passes > 0;
                 --passes) {
                if (!pump(stream)) break;
            }
            stream.pipe.reset();
        }
    }

    /// Bytes that came through the pipes so far, kept or dropped.
    [[nodiscard]] std::uint64_t bytes_seen() const noexcept { return written_; }

private:
    static constexpr std::size_t buffer_size = std::size_t{64} << 10;

    [[nodiscard]] Result<void> open_as(const Capture& capture) {
        limit_ = capture.limit_bytes;
        if (!capture.stdin_text.empty()) {
            auto input = input_file(capture.stdin_text);
            if (!input) return cellos::failure(std::move(input).error());
            give(0, std::move(*input));
        }
        if (auto opened = open_stream(0, {{}, &captured_->stdout_text}); !opened) return opened;
        return open_stream(1, {{}, &captured_->stderr_text});
    }
    [[nodiscard]] Result<void> open_as(const Inherit&) { return open_as(Descriptors{0, 1, 2}); }
    [[nodiscard]] Result<void> open_as(const Discard&) { return {}; }
    [[nodiscard]] Result<void> open_as(const Descriptors& given) {
        child_ends_ = {given.stdin_fd, given.stdout_fd, given.stderr_fd};
        for (std::size_t i = 0; i < 2; ++i) {
            const int fd = child_ends_[i + 1];
            if (relay_ == Relay::None || !keeps_an_offset(fd)) continue;
            if (auto opened = open_stream(i, {{}, nullptr, fd}); !opened) return opened;
        }
        return {};
    }

    [[nodiscard]] static bool keeps_an_offset(int fd) noexcept {
        struct stat info {};
        return fd >= 0 && ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
               (::fcntl(fd, F_GETFL) & O_APPEND) == 0;
    }

    [[nodiscard]] Result<void> open_stream(std::size_t number, Stream stream) {
        auto pipe = make_pipe();
        if (!pipe) return cellos::failure(std::move(pipe).error());
        // Only this end: the flag lives on the open description, and the workload's must block.
        if (::fcntl(pipe->read_end.get(), F_SETFL, O_NONBLOCK) == -1) {
            return failure("cannot prepare a pipe");
        }
        if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
        give(number + 1, std::move(pipe->write_end));
        stream.pipe = std::move(pipe->read_end);
        streams_[number] = std::move(stream);
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
    std::size_t limit_ = 0;
    std::unique_ptr<char[]> buffer_;
    std::uint64_t written_ = 0;
};

} // namespace cellos::inline v0::os
