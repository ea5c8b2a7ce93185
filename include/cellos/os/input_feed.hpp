#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <variant>

#include <poll.h>
#include <sys/types.h>

namespace cellos::inline CELLOS_ABI::os {

/// Feeds a workload's stdin through a pipe: first the pieces in order, then everything from a
/// descriptor of the caller's until its end. It never blocks: a workload that doesn't read holds
/// nothing up, and once it has gone the rest is dropped. For one thread at a time.
class InputFeed {
public:
    /// `bytes` bytes of a file, from its current position. If the file turns out shorter, NULs fill
    /// the rest: the reader was promised that many bytes.
    struct FilePart {
        Descriptor file;
        std::uint64_t bytes = 0;
    };
    /// The memory of a string_view belongs to the caller and must outlive the feed.
    using Piece = std::variant<std::string_view, FilePart>;

    /// Feeds nothing.
    InputFeed() noexcept = default;

    /// `pipe` is the write end: it gets O_NONBLOCK and is closed after the last byte. `source`
    /// stays the caller's, who keeps it open; -1: none. The error is Host.
    [[nodiscard]] CELLOS_DECL static Result<InputFeed> open(
        Descriptor pipe, std::deque<Piece> pieces, int source
    );

    /// What to poll for: the pipe, or the source while that is empty. The descriptor is -1 once
    /// everything has been fed.
    [[nodiscard]] CELLOS_DECL pollfd waited() const noexcept;

    /// Moves bytes after poll has reported readiness. There are no errors: a failing pipe is
    /// closed.
    CELLOS_DECL void pump();

private:
    static constexpr std::size_t step = std::size_t{64} << 10;

    void end_if_done() noexcept;
    // Handles the result of write(2) or splice(2) to the pipe. False: nothing more can be done now.
    bool moved(ssize_t count) noexcept;
    void feed_piece();
    // True: all of the piece is in the pipe.
    bool feed(std::string_view& bytes);
    bool feed(FilePart& part);
    void feed_from_source();

    Descriptor pipe_;
    std::deque<Piece> pieces_{};
    int source_ = -1;
    bool waits_for_source_ = false;
    bool splices_ = true;
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/input_feed.ipp>
#endif
