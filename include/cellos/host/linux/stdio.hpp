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

namespace cellos::inline v0::os {

/// The standard streams of one run: what the child gets as 0, 1 and 2, and this side of the pipes.
///
/// Text for stdin is handed over as a read-only file in memory: a workload that never reads it
/// cannot block anybody, and no SIGPIPE can hit the host program. Output beyond the limit is read
/// and dropped, so a workload is never blocked by it either and memory stays flat.
class StdioBridge {
public:
    /// `captured` is needed for Capture only, and must outlive the bridge.
    [[nodiscard]] static Result<StdioBridge> open(const Stdio& stdio, CapturedOutput* captured) {
        return std::visit([&](const auto& choice) { return open_as(choice, captured); }, stdio);
    }

    /// What to give to SpawnRequest::stdio; valid until `close_child_ends`.
    [[nodiscard]] std::array<int, 3> child_ends() const noexcept { return child_ends_; }

    /// To be called once the child has its own copies.
    void close_child_ends() noexcept { owned_child_ends_ = {}; }

    struct Stream {
        Descriptor pipe; ///< non-blocking; empty when nothing is captured or all was read
        std::string* text = nullptr;
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
            if (got == 0 || errno != EAGAIN)
                stream.pipe.reset();
            return false;
        }
        const auto count = static_cast<std::size_t>(got);
        written_ += count;
        const std::size_t kept = std::min(count, limit_ - stream.text->size());
        stream.text->append(buffer_.get(), kept);
        if (kept < count)
            captured_->truncated = true;
        return true;
    }

    /// Takes what is in the pipes after the workload has ended, and no more than fits a pipe: a
    /// background process that still holds and fills one must not keep the caller.
    void drain() {
        for (Stream& stream : streams_) {
            if (!stream.pipe)
                continue;
            std::size_t passes =
                static_cast<std::size_t>(std::max(::fcntl(stream.pipe.get(), F_GETPIPE_SZ), 0));
            for (passes = passes / buffer_size + 1; passes > 0 && stream.pipe && pump(stream);
                 --passes) {
            }
            stream.pipe.reset();
        }
    }

    /// Bytes that came through the pipes so far, kept or dropped.
    [[nodiscard]] std::uint64_t bytes_seen() const noexcept { return written_; }

private:
    static constexpr std::size_t buffer_size = std::size_t{64} << 10;

    [[nodiscard]] static Result<StdioBridge> open_as(
        const Capture& capture, CapturedOutput* captured
    ) {
        StdioBridge bridge;
        bridge.captured_ = captured;
        bridge.limit_ = capture.limit_bytes;
        bridge.buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
        if (!capture.stdin_text.empty()) {
            auto input = input_file(capture.stdin_text);
            if (!input)
                return cellos::failure(std::move(input).error());
            bridge.give(0, std::move(*input));
        }
        const std::array texts{&captured->stdout_text, &captured->stderr_text};
        for (std::size_t i = 0; i < 2; ++i) {
            auto pipe = make_pipe();
            if (!pipe)
                return cellos::failure(std::move(pipe).error());
            // Only this end: the flag lives on the open description, and the workload's must block.
            if (::fcntl(pipe->read_end.get(), F_SETFL, O_NONBLOCK) == -1)
                return failure("cannot prepare a pipe");
            bridge.give(i + 1, std::move(pipe->write_end));
            bridge.streams_[i] = Stream{std::move(pipe->read_end), texts[i]};
        }
        return bridge;
    }
    [[nodiscard]] static Result<StdioBridge> open_as(const Inherit&, CapturedOutput*) {
        StdioBridge bridge;
        bridge.child_ends_ = {0, 1, 2};
        return bridge;
    }
    [[nodiscard]] static Result<StdioBridge> open_as(const Discard&, CapturedOutput*) {
        return StdioBridge{};
    }
    [[nodiscard]] static Result<StdioBridge> open_as(const Descriptors& given, CapturedOutput*) {
        StdioBridge bridge;
        bridge.child_ends_ = {given.stdin_fd, given.stdout_fd, given.stderr_fd};
        return bridge;
    }

    [[nodiscard]] static Result<Descriptor> input_file(std::string_view text) {
        auto file = make_memory_file("cellos-stdin");
        if (!file)
            return file;
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
    std::size_t limit_ = 0;
    std::unique_ptr<char[]> buffer_;
    std::uint64_t written_ = 0;
};

} // namespace cellos::inline v0::os
