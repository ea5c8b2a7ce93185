#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/unforked_descriptor.hpp>

#include <cstddef>
#include <string_view>

#include <poll.h>
#include <sys/types.h>

namespace cellos::inline CELLOS_ABI::os {

/// Feeds a workload's stdin through a pipe: first a text, then everything from a descriptor of the
/// caller's until its end. It never blocks: a workload that doesn't read holds nothing up, and once
/// it has gone the rest is dropped. For one thread at a time.
class InputFeed {
public:
    /// Feeds nothing.
    InputFeed() noexcept = default;

    /// `pipe` is the write end: it gets O_NONBLOCK and is closed after the last byte. `text` and
    /// `source` stay the caller's, who keeps them as long as the feed; -1: no source. The error is
    /// Host.
    [[nodiscard]] CELLOS_DECL static Result<InputFeed> open(
        UnforkedDescriptor pipe, std::string_view text, int source
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
    void feed(std::string_view& bytes);
    void feed_from_source();

    UnforkedDescriptor pipe_;
    std::string_view text_{}; ///< what is left of it
    int source_ = -1;
    bool waits_for_source_ = false;
    bool splices_ = true;
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/input_feed.ipp>
#endif
