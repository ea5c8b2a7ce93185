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

/// Which of the caller's own descriptors the child does not get itself, but a pipe in their place.
enum class Relay : std::uint8_t {
    None,
    /// Files that a program could write to at an offset of its own, over what stood in them before.
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
///
/// For one thread at a time. The errors of its making are Host: no descriptor or memory left.
class StdioBridge {
public:
    static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
    /// How many descriptors waited() has.
    static constexpr std::size_t ways = 3;

    /// `captured` takes what Capture keeps, is told whether a limit cut something off, and must
    /// outlive the bridge.
    /// `limit_bytes` bounds what passes through the pipes of both streams together; with Relay::All
    /// that is everything. Descriptors that `stdio` names remain the caller's.
    [[nodiscard]] CELLOS_DECL static Result<StdioBridge> open(
        const Stdio& stdio,
        CapturedOutput& captured,
        Relay relay = Relay::None,
        std::uint64_t limit_bytes = unlimited
    );

    /// Puts a bridge over pipes that the child has had from its start. `lead` goes into its stdin
    /// before the workload's own. The memory that it names must outlive the bridge, and so must a
    /// Capture's text in `stdio`.
    [[nodiscard]] CELLOS_DECL static Result<StdioBridge> over(
        StdioPipes pipes,
        std::deque<InputFeed::Piece> lead,
        const Stdio& stdio,
        CapturedOutput& captured,
        std::uint64_t limit_bytes = unlimited
    );

    /// What to give to SpawnRequest::stdio; valid until `close_child_ends`.
    [[nodiscard]] std::array<int, 3> child_ends() const noexcept { return child_ends_; }

    /// To be called once the child has its own copies.
    void close_child_ends() noexcept { owned_child_ends_ = {}; }

    [[nodiscard]] OutputStream& stderr_stream() noexcept { return streams_[1]; }

    /// What to poll for.
    [[nodiscard]] CELLOS_DECL std::array<pollfd, ways> waited() const noexcept;

    /// Moves on what the poll of waited()[number] has reported. Does not block.
    CELLOS_DECL void pump(std::size_t number);

    /// Takes what is in the pipes after the workload has ended, and no more than fits a pipe: a
    /// background process that still holds and fills one must not keep the caller. The reader of a
    /// relayed stream may take until `deadline`.
    CELLOS_DECL void drain(Clock::time_point deadline = Clock::now());

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
