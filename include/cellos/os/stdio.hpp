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
#include <deque>
#include <limits>

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

/// This side of the pipes of a child that was started before its standard streams were known.
struct StdioPipes {
    Descriptor stdin_end; ///< to write to
    Descriptor stdout_end;
    Descriptor stderr_end;
};

/// The standard streams of one run: the child's descriptors 0, 1 and 2, and this side of the pipes.
///
/// Text for stdin is passed as a read-only file in memory: a workload that doesn't read it blocks
/// nothing, and the host program gets no SIGPIPE. Captured output beyond the limit is read and
/// dropped, so that it never blocks the workload and memory stays bounded. If the reader of relayed
/// output is slow, the workload waits, as it would without the bridge; this side never does.
///
/// For one thread at a time. Opening one fails with Host if no descriptor or memory is left.
class StdioBridge {
public:
    static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
    /// How many descriptors waited() returns.
    static constexpr std::size_t ways = 3;

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

    /// Makes a bridge over pipes that the child has had from its start. `lead` goes into its stdin
    /// before the workload's own input. The memory it refers to must outlive the bridge, and so
    /// must the text of a Capture in `stdio`.
    [[nodiscard]] CELLOS_DECL static Result<StdioBridge> over(
        StdioPipes pipes,
        std::deque<InputFeed::Piece> lead,
        const Stdio& stdio,
        CapturedOutput& captured,
        std::uint64_t limit_bytes = unlimited
    );

    /// What to give to SpawnRequest::stdio; valid until `close_child_ends`.
    [[nodiscard]] std::array<int, 3> child_ends() const noexcept { return child_ends_; }

    /// Call it once the child has its own copies.
    void close_child_ends() noexcept { owned_child_ends_ = {}; }

    [[nodiscard]] OutputStream& stderr_stream() noexcept { return streams_[1]; }

    /// What to poll for.
    [[nodiscard]] CELLOS_DECL std::array<pollfd, ways> waited() const noexcept;

    /// Moves bytes after poll has reported waited()[number] ready. Does not block.
    CELLOS_DECL void pump(std::size_t number);

    /// Reads what is left in the pipes after the workload has ended, but no more than a pipe can
    /// hold: a background process that keeps writing must not hold up the caller. Waits for the
    /// reader of a relayed stream until `deadline` at most.
    CELLOS_DECL void drain(Clock::time_point deadline = Clock::now());

    /// Whether there was more output than `limit_bytes`. The excess has been dropped.
    [[nodiscard]] bool limit_exceeded() const noexcept { return budget_.exceeded; }

private:
    StdioBridge(CapturedOutput& captured, std::uint64_t limit_bytes) noexcept;

    [[nodiscard]] Result<void> capture(const Capture& capture);
    [[nodiscard]] Result<void> pass(const Descriptors& given, Relay relay);
    [[nodiscard]] Result<void> open_stream(std::size_t number, const Capture* capture, int target);
    [[nodiscard]] Result<void> take(
        std::size_t number, Descriptor pipe, const Capture* capture, int target
    );
    void give(std::size_t number, Descriptor end) noexcept;

    std::array<int, 3> child_ends_{-1, -1, -1};
    std::array<Descriptor, 3> owned_child_ends_{};
    std::array<OutputStream, 2> streams_{};
    InputFeed input_{};
    CapturedOutput* captured_;
    OutputBudget budget_{};
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/stdio.ipp>
#endif
