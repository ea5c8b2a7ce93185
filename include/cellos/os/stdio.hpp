#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/core/stdio.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/input_feed.hpp>
#include <cellos/os/output_stream.hpp>
#include <cellos/os/wait.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <sys/stat.h>

namespace cellos::inline CELLOS_ABI::os {

/// Which of the caller's own descriptors the child does not get itself, but a pipe in their place.
enum class Relay : std::uint8_t {
    None,
    /// Files that a program could write to at an offset of its own. gVisor does: what stood in them
    /// before would be overwritten.
    Files,
    /// All, also where there is none: what nobody reads can still be counted.
    All,
};

/// This side of the pipes of a child that was started before it was known what its standard streams
/// would be.
struct StdioPipes {
    Descriptor stdin_end; ///< to write to
    Descriptor stdout_end;
    Descriptor stderr_end;
};

/// The standard streams of one run: what the child gets as 0, 1 and 2, and this side of the pipes.
///
/// Text for stdin is handed over as a read-only file in memory: a workload that never reads it
/// cannot block anybody, and no SIGPIPE can hit the host program. Captured output beyond the limit
/// is read and dropped, so a workload is never blocked by it either and memory stays flat. Relayed
/// output waits for its reader, in the workload as it would without us, and never here.
template <class = IfUsed>
class BasicStdioBridge {
public:
    static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
    /// How many descriptors waited() has.
    static constexpr std::size_t ways = 3;

    /// `captured` is needed for Capture, told of what a limit cut off, and must outlive the bridge.
    /// `limit_bytes` bounds what passes through the pipes of both streams together; with Relay::All
    /// that is everything.
    [[nodiscard]] static Result<BasicStdioBridge> open(
        const Stdio& stdio,
        CapturedOutput* captured,
        Relay relay = Relay::None,
        std::uint64_t limit_bytes = unlimited
    ) {
        BasicStdioBridge bridge{captured, limit_bytes};
        const auto* capture = std::get_if<Capture>(&stdio);
        auto opened =
            capture ? bridge.capture(*capture) : bridge.pass(descriptors_of(stdio), relay);
        if (!opened) return failure_of(opened);
        return bridge;
    }

    /// Puts a bridge over pipes that the child has had from its start. `lead` goes into its stdin
    /// before the workload's own; the memory that it names must outlive the bridge.
    [[nodiscard]] static Result<BasicStdioBridge> over(
        StdioPipes pipes,
        std::deque<InputFeed::Piece> lead,
        const Stdio& stdio,
        CapturedOutput* captured,
        std::uint64_t limit_bytes = unlimited
    ) {
        BasicStdioBridge bridge{captured, limit_bytes};
        const auto* capture = std::get_if<Capture>(&stdio);
        const Descriptors given = capture ? Descriptors{} : descriptors_of(stdio);
        if (capture && !capture->stdin_text.empty())
            lead.emplace_back(std::string_view{capture->stdin_text});
        auto input = InputFeed::open(std::move(pipes.stdin_end), std::move(lead), given.stdin_fd);
        if (!input) return failure_of(input);
        bridge.input_ = std::move(*input);
        auto taken = bridge.take(0, std::move(pipes.stdout_end), capture, given.stdout_fd);
        if (taken) taken = bridge.take(1, std::move(pipes.stderr_end), capture, given.stderr_fd);
        if (!taken) return failure_of(taken);
        return bridge;
    }

    /// What to give to SpawnRequest::stdio; valid until `close_child_ends`.
    [[nodiscard]] std::array<int, 3> child_ends() const noexcept { return child_ends_; }

    /// To be called once the child has its own copies.
    void close_child_ends() noexcept { owned_child_ends_ = {}; }

    [[nodiscard]] OutputStream& stderr_stream() noexcept { return streams_[1]; }

    /// What to poll for.
    [[nodiscard]] std::array<pollfd, ways> waited() const noexcept {
        return {streams_[0].waited(), streams_[1].waited(), input_.waited()};
    }

    /// Moves on what the poll of waited()[number] has reported. Does not block.
    void pump(std::size_t number) {
        if (number < streams_.size()) {
            streams_[number].pump(budget_, dropped());
        } else {
            input_.pump();
        }
    }

    /// Takes what is in the pipes after the workload has ended, and no more than fits a pipe: a
    /// background process that still holds and fills one must not keep the caller. The reader of a
    /// relayed stream may take until `deadline`.
    void drain(Clock::time_point deadline = Clock::now()) {
        for (OutputStream& stream : streams_) stream.drain(budget_, dropped(), deadline);
    }

    /// Whether more came than `limit_bytes`. What was too much has been dropped.
    [[nodiscard]] bool limit_exceeded() const noexcept { return budget_.exceeded; }

private:
    BasicStdioBridge(CapturedOutput* captured, std::uint64_t limit_bytes)
        : captured_{captured}, budget_{.left = limit_bytes} {}

    [[nodiscard]] static Descriptors descriptors_of(const Stdio& stdio) noexcept {
        if (std::holds_alternative<Inherit>(stdio)) return {0, 1, 2};
        const auto* given = std::get_if<Descriptors>(&stdio);
        return given ? *given : Descriptors{};
    }

    [[nodiscard]] bool& dropped() noexcept { return captured_ ? captured_->truncated : unseen_; }

    [[nodiscard]] Result<void> capture(const Capture& capture) {
        if (!capture.stdin_text.empty()) {
            auto input = input_file(capture.stdin_text);
            if (!input) return failure_of(input);
            give(0, std::move(*input));
        }
        for (std::size_t number : {0U, 1U}) {
            if (auto opened = open_stream(number, &capture, -1); !opened) return opened;
        }
        return {};
    }

    [[nodiscard]] Result<void> pass(const Descriptors& given, Relay relay) {
        child_ends_ = {given.stdin_fd, given.stdout_fd, given.stderr_fd};
        for (std::size_t number : {0U, 1U}) {
            const int fd = child_ends_[number + 1];
            if (relay == Relay::None || (relay == Relay::Files && !keeps_an_offset(fd))) continue;
            if (auto opened = open_stream(number, nullptr, fd); !opened) return opened;
        }
        return {};
    }

    [[nodiscard]] static bool keeps_an_offset(int fd) noexcept {
        struct stat info {};
        return fd >= 0 && ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
               (::fcntl(fd, F_GETFL) & O_APPEND) == 0;
    }

    [[nodiscard]] Result<void> open_stream(std::size_t number, const Capture* capture, int target) {
        auto pipe = make_pipe();
        if (!pipe) return failure_of(pipe);
        give(number + 1, std::move(pipe->write_end));
        return take(number, std::move(pipe->read_end), capture, target);
    }

    [[nodiscard]] Result<void> take(
        std::size_t number, Descriptor pipe, const Capture* capture, int target
    ) {
        std::string* text = nullptr;
        if (capture) text = number == 0 ? &captured_->stdout_text : &captured_->stderr_text;
        auto stream = text ? OutputStream::to_text(std::move(pipe), *text, capture->limit_bytes)
                           : OutputStream::to_descriptor(std::move(pipe), target);
        if (!stream) return failure_of(stream);
        streams_[number] = std::move(*stream);
        return {};
    }

    [[nodiscard]] static Result<Descriptor> input_file(std::string_view text) {
        auto file = make_memory_file("cellos-stdin");
        if (!file) return file;
        if (auto written = write_all(file->get(), text); !written) return failure_of(written);
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
    std::array<OutputStream, 2> streams_{};
    InputFeed input_{};
    CapturedOutput* captured_ = nullptr;
    OutputBudget budget_{};
    bool unseen_ = false; ///< what is dropped without a CapturedOutput
};

using StdioBridge = BasicStdioBridge<>;

} // namespace cellos::inline CELLOS_ABI::os
