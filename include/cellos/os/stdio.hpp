#pragma once

#include <cellos/core/captured_output.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/stdio.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/input_feed.hpp>
#include <cellos/os/output_stream.hpp>
#include <cellos/os/wait.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::os {

/// Which of the caller's descriptors are replaced by a pipe, instead of being given to the child.
enum class Relay : std::uint8_t {
    None,
    /// Regular files, in which a program could seek and overwrite earlier content.
    Files,
    /// All of them, even a missing one: output that is dropped still has to be counted.
    All,
};

/// The standard streams of one run: the child's descriptors 0, 1 and 2, and this side of the pipes.
///
/// A workload that never reads what goes into its stdin cannot block anybody, and no SIGPIPE can
/// hit the host program. Captured output beyond the limit is read and dropped, so a workload is
/// never blocked by it either and memory stays flat. Relayed output waits for its reader, in the
/// workload as it would without us, and never here.
///
/// For one thread at a time. Opening one fails with Host if no descriptor or memory is left.
class StdioBridge {
public:
    static constexpr std::uint64_t unlimited = (std::numeric_limits<std::uint64_t>::max)();
    /// How many descriptors waited() returns; the first of them are of outputs.
    static constexpr std::size_t ways = 3;
    static constexpr std::size_t outputs = 2;

    /// No streams at all.
    StdioBridge() noexcept = default;

    /// `captured` receives the output that Capture keeps, and whether a limit cut it off; it must
    /// outlive the bridge. `limit_bytes` bounds the bytes that pass through the pipes of both
    /// streams together; with Relay::All that is all output. Descriptors named in `stdio` stay the
    /// caller's.
    [[nodiscard]] CELLOS_DECL static Result<StdioBridge> open(
        const Stdio& stdio,
        CapturedOutput& captured,
        Relay relay = Relay::None,
        std::uint64_t limit_bytes = unlimited
    );

    /// Gives the child nothing of the caller's: all three streams are pipes of ours, which hold 1
    /// MiB of output each if the kernel lets them. Where stdout and stderr are one open file of the
    /// caller's, as `2>&1` makes them, or cannot be told from that, or Capture merges them, both
    /// are one pipe, and so keep their order. `stdio` must outlive the bridge; else as open().
    [[nodiscard]] CELLOS_DECL static Result<StdioBridge> piped(
        const Stdio& stdio, CapturedOutput& captured, std::uint64_t limit_bytes = unlimited
    );

    /// What to give to SpawnRequest::stdio; valid until `close_child_ends`.
    [[nodiscard]] std::array<int, 3> child_ends() const noexcept { return child_ends_; }

    /// Whether stdout and stderr are one pipe.
    [[nodiscard]] bool merges_outputs() const noexcept { return child_ends_[1] == child_ends_[2]; }

    /// Call it once the child has its own copies.
    void close_child_ends() noexcept {
        input_end_.reset();
        for (UnforkedDescriptor& end : output_ends_) end.reset();
    }

    /// What to poll for.
    [[nodiscard]] CELLOS_DECL std::array<pollfd, ways> waited() const noexcept;

    /// Whether there may still be output to come, or to be delivered.
    [[nodiscard]] bool has_output() const noexcept {
        return streams_[0].is_open() || streams_[1].is_open();
    }

    /// Moves bytes after poll has reported waited()[number] ready. Does not block.
    CELLOS_DECL void pump(std::size_t number);

    /// Reads what is left in the pipes after the workload has ended, but no more than a pipe can
    /// hold: a background process that keeps writing must not hold up the caller. Waits for the
    /// reader of a relayed stream until `deadline` at most.
    CELLOS_DECL void drain(Clock::time_point deadline = Clock::now());

    /// Why output did not get where it should (a full disk, an I/O error, a reader that took longer
    /// than drain() could wait), with the name of the stream; the workload was cut off then.
    /// Nothing if all did, or its reader went away. The error is a Host.
    [[nodiscard]] CELLOS_DECL std::optional<CellosError> delivery_error() const;

    /// Whether more came than `limit_bytes`. What was too much has been dropped.
    [[nodiscard]] bool limit_exceeded() const noexcept { return budget_.exceeded; }

private:
    StdioBridge(CapturedOutput& captured, std::uint64_t limit_bytes) noexcept;

    [[nodiscard]] Result<void> capture(const Capture& capture);
    [[nodiscard]] Result<void> pass(const Descriptors& given, Relay relay);
    [[nodiscard]] Result<void> open_stream(std::size_t number, const Capture* capture, int target);
    [[nodiscard]] Result<void> take(
        std::size_t number, Descriptor pipe, const Capture* capture, int target
    );
    void give_input(Descriptor end) noexcept;
    void give_output(std::size_t number, UnforkedDescriptor end) noexcept;

    std::array<int, 3> child_ends_{-1, -1, -1};
    Descriptor input_end_{};
    std::array<UnforkedDescriptor, outputs> output_ends_{};
    std::array<OutputStream, 2> streams_{};
    InputFeed input_{};
    CapturedOutput* captured_ = nullptr;
    OutputBudget budget_{};
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/stdio.ipp>
#endif
