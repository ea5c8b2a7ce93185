#pragma once

#include <cellos/os/input_feed.hpp>
#include <cellos/os/quiet_write.hpp>
#include <cellos/os/wait.hpp>

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL Result<InputFeed> InputFeed::open(
    UnforkedDescriptor pipe, std::string_view text, int source
) {
    if (::fcntl(pipe.get(), F_SETFL, O_NONBLOCK) == -1) return failure("cannot prepare a pipe");
    InputFeed feed;
    feed.pipe_ = std::move(pipe);
    feed.text_ = text;
    feed.source_ = source;
    feed.waits_for_source_ = text.empty();
    feed.end_if_done();
    return feed;
}

CELLOS_DECL pollfd InputFeed::waited() const noexcept {
    if (pipe_ && waits_for_source_) return {source_, POLLIN, 0};
    return {pipe_.get(), POLLOUT, 0};
}

CELLOS_DECL void InputFeed::pump() {
    if (!pipe_) return;
    if (text_.empty()) return feed_from_source();
    feed(text_);
    waits_for_source_ = text_.empty();
    end_if_done();
}

inline void InputFeed::end_if_done() noexcept {
    if (text_.empty() && source_ < 0) pipe_.reset();
}

inline bool InputFeed::moved(ssize_t count) noexcept {
    if (count == -1 && errno != EAGAIN) pipe_.reset();
    return count > 0;
}

inline void InputFeed::feed(std::string_view& bytes) {
    const WriteSignalGuard guard;
    const ssize_t written =
        retry_on_interrupt([&] { return ::write(pipe_.get(), bytes.data(), bytes.size()); });
    if (moved(written)) bytes.remove_prefix(static_cast<std::size_t>(written));
}

// Not further than the pipe takes: what the workload does not read stays the caller's, but for
// a pipe full.
inline void InputFeed::feed_from_source() {
    if (splices_) {
        const ssize_t count = splice_quietly(source_, pipe_.get(), step);
        if (count > 0) return;
        if (count == 0) return pipe_.reset();
        if (errno == EAGAIN) {
            waits_for_source_ = !is_ready(source_, POLLIN);
            return;
        }
        if (errno == EPIPE) return pipe_.reset();
        splices_ = false;
    }
    if (!is_ready(pipe_.get(), POLLOUT)) {
        waits_for_source_ = false;
        return;
    }
    // A pipe that is ready takes so much at once.
    std::array<char, 4096> buffer{};
    const ssize_t got =
        retry_on_interrupt([&] { return ::read(source_, buffer.data(), buffer.size()); });
    if (got == 0 || (got == -1 && errno != EAGAIN)) return pipe_.reset();
    waits_for_source_ = true;
    if (got == -1) return;
    std::string_view bytes{buffer.data(), static_cast<std::size_t>(got)};
    feed(bytes);
}

} // namespace cellos::inline CELLOS_ABI::os
