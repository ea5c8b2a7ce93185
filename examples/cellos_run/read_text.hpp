#pragma once

#include <cellos/core/visible.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace cellos_run {

/// What a file, a FIFO or a shell's `<(…)` holds, or standard input (`-`), up to `limit` bytes.
/// Waits for all of it. The error names the source.
[[nodiscard]] inline cellos::Result<std::string> read_text(
    const std::string& source, std::size_t limit
) {
    namespace os = cellos::os;
    os::Descriptor file;
    if (source != "-") {
        auto opened = os::open_at(AT_FDCWD, source.c_str(), O_RDONLY | O_NOCTTY);
        if (!opened) return failure_of(opened);
        file = *std::move(opened);
    }
    const int fd = file ? file.get() : STDIN_FILENO;
    std::string text;
    while (text.size() < limit) {
        const std::size_t before = text.size();
        const std::size_t step = std::min<std::size_t>(std::size_t{64} << 10, limit - before);
        text.resize(before + step);
        const ssize_t got =
            os::retry_on_interrupt([&] { return ::read(fd, text.data() + before, step); });
        text.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
        if (got == 0) break;
        if (got > 0) continue;
        if (errno != EAGAIN) return os::failure("cannot read " + source);
        // Whoever shares this stream with us has made it so that reads don't wait.
        static_cast<void>(os::wait_readable(fd, os::Clock::time_point::max()));
    }
    return text;
}

} // namespace cellos_run
