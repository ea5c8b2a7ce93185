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

/// What goes into a workload's stdin through a pipe: pieces in their order, then all that a
/// descriptor of the caller's has until its end. Nothing here blocks: a workload that never reads
/// keeps nobody, and one that is gone takes the rest with it. For one thread at a time.
class InputFeed {
public:
    /// A part of a file, from its position on. A file that turns out shorter is filled up with
    /// NULs: whoever reads it was promised so many bytes.
    struct FilePart {
        Descriptor file;
        std::uint64_t bytes = 0;
    };
    /// Memory belongs to the caller, who keeps it until the feed has gone.
    using Piece = std::variant<std::string_view, FilePart>;

    /// Feeds nothing.
    InputFeed() noexcept = default;

    /// `pipe` is the write end, which gets O_NONBLOCK; it is closed after the last byte. `source`,
    /// which the caller keeps open, may be -1. The error is a Host.
    [[nodiscard]] CELLOS_DECL static Result<InputFeed> open(
        Descriptor pipe, std::deque<Piece> pieces, int source
    );

    /// What to poll for: the pipe, or the source while it has nothing. -1 once all is done.
    [[nodiscard]] CELLOS_DECL pollfd waited() const noexcept;

    /// Moves on what poll has reported. There are no errors: a pipe that fails is closed.
    CELLOS_DECL void pump();

private:
    static constexpr std::size_t step = std::size_t{64} << 10;

    void end_if_done() noexcept;
    // What write(2) and splice(2) to the pipe returned. False: there is no more to do now.
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
