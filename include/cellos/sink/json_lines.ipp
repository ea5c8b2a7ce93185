#pragma once

#ifdef __linux__

#include <cellos/evidence/chain.hpp>
#include <cellos/evidence/checksum.hpp>
#include <cellos/json/event.hpp>
#include <cellos/json/parse_event.hpp>
#include <cellos/os/quiet_write.hpp>
#include <cellos/os/wait.hpp>
#include <cellos/sink/json_lines.hpp>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI {

namespace detail {

[[nodiscard]] inline CellosError as_sink_error(CellosError error) {
    error.kind = CellosError::Kind::EventSink;
    return error;
}

[[nodiscard]] inline std::string event_line(const CloudEvent& event) {
    if (!extension(event, ChainAttribute::signature).empty()) return to_json(event);
    CloudEvent checked = event;
    checked.extensions[checksum_attribute] = checksum_of(event);
    return to_json(checked);
}

// A second description of a regular file, without O_APPEND, for as much as its mode allows: with
// less, a line that was left unfinished is not noticed, or not taken back.
[[nodiscard]] inline os::Descriptor reopen_anywhere(int fd) {
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    for (const int access : {O_RDWR, O_RDONLY})
        if (auto file = os::open_at(AT_FDCWD, path.c_str(), access)) return *std::move(file);
    return {};
}

} // namespace detail

CELLOS_DECL JsonLinesEventSink::JsonLinesEventSink(const std::filesystem::path& path)
    : JsonLinesEventSink{
          os::open_at(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY, 0644),
          Opened::Here} {}

CELLOS_DECL JsonLinesEventSink::JsonLinesEventSink(os::Descriptor file)
    : JsonLinesEventSink{Result<os::Descriptor>{std::move(file)}, Opened::ByOthers} {}

inline JsonLinesEventSink::JsonLinesEventSink(Result<os::Descriptor> file, Opened opened)
    : file_{std::move(file).map_error(detail::as_sink_error)} {
    struct stat info {};
    if (!file_ || ::fstat(file_->get(), &info) == -1) return;
    regular_ = S_ISREG(info.st_mode);
    if (regular_) {
        anywhere_ = detail::reopen_anywhere(file_->get());
    } else if (opened == Opened::Here) {
        // Of a descriptor that others have, too, this would change theirs.
        ::fcntl(file_->get(), F_SETFL, O_APPEND | O_NONBLOCK);
    }
}

CELLOS_DECL Result<JsonLinesEventSink> JsonLinesEventSink::open(const std::filesystem::path& path) {
    JsonLinesEventSink sink{path};
    if (!sink.file_) return failure_of(sink.file_);
    return sink;
}

CELLOS_DECL Result<void> JsonLinesEventSink::emit(const CloudEvent& event) {
    if (!file_) return failure_of(file_);
    std::string line = detail::event_line(event);
    if (line.size() > most_event_bytes)
        return failure(
            CellosError::Kind::EventSink,
            "the event takes " + std::to_string(line.size()) + " bytes; at most " +
                std::to_string(most_event_bytes) + " could be read again"
        );
    line += '\n';
    const std::lock_guard lock{*mutex_};
    auto written = regular_ ? append(line) : deliver(line);
    return std::move(written).map_error(detail::as_sink_error);
}

inline Result<void> JsonLinesEventSink::append(const std::string& line) {
    const os::WriteSignalGuard no_signals;
    const int fd = file_->get();
    const std::string text = unfinished_line() ? '\n' + line : line;
    // Part of a line tells that there is no room, and not why: the second try does.
    for (int tries = 0; tries < 2; ++tries) {
        const ssize_t written =
            os::retry_on_interrupt([&] { return ::write(fd, text.data(), text.size()); });
        if (written == -1) return os::failure("cannot write");
        const auto size = static_cast<std::size_t>(written);
        if (size == text.size()) return {};
        // Not shortened: others may have appended since.
        if (size > 0 && !blank(::lseek(fd, 0, SEEK_CUR) - written, {text.data(), size}))
            return os::failure("cannot write all of a line, and a part of it is left", ENOSPC);
    }
    return os::failure("cannot write", ENOSPC);
}

// Whether the file ends within a line, and will go on doing so.
inline bool JsonLinesEventSink::unfinished_line() const noexcept {
    // A line of several pages that is being written just now grows by pages, so that the file ends
    // within it. An empty write waits for that writer, on most file systems; on others it is given
    // some time. Should it need more, there is a blank line.
    constexpr int enough = 100;
    constexpr int most = 10000;
    off_t size = 0;
    for (int looks = 0, unchanged = 0; unchanged < enough && looks < most; ++looks) {
        struct stat info {};
        char last = '\n';
        if (::fstat(anywhere_.get(), &info) == -1 || info.st_size == 0) return false;
        if (::pread(anywhere_.get(), &last, 1, info.st_size - 1) != 1 || last == '\n') return false;
        unchanged = info.st_size == size ? unchanged + 1 : 0;
        size = info.st_size;
        static_cast<void>(::write(file_->get(), &last, 0));
        ::sched_yield();
    }
    return true;
}

inline bool JsonLinesEventSink::blank(off_t begin, std::string_view part) const {
    const auto size = static_cast<ssize_t>(part.size());
    const int fd = anywhere_.get();
    // Who shares the descriptor may have moved its position meanwhile.
    std::string there(part.size(), '\0');
    if (::pread(fd, there.data(), there.size(), begin) != size || there != part) return false;
    std::string blanks(part.size() - 1, ' ');
    blanks += '\n';
    return ::pwrite(fd, blanks.data(), blanks.size(), begin) == size;
}

// To a reader, who may take its time, or none.
inline Result<void> JsonLinesEventSink::deliver(std::string_view line) {
    constexpr std::chrono::seconds patience{5};
    const auto deadline = os::Clock::now() + (reader_is_slow_ ? patience * 0 : patience);
    const int fd = file_->get();
    const auto send = [&](std::string_view& bytes) -> Result<void> {
        while (!bytes.empty()) {
            const ssize_t sent = os::write_quietly(fd, bytes);
            if (sent >= 0) {
                bytes.remove_prefix(static_cast<std::size_t>(sent));
                reader_is_slow_ = false;
            } else if (errno != EAGAIN) {
                return os::failure("cannot write");
            } else if (!os::wait_readable(fd, deadline, POLLOUT) || os::Clock::now() >= deadline) {
                reader_is_slow_ = true;
                return failure(CellosError::Kind::Host, "nobody reads the events");
            }
        }
        return {};
    };
    std::string_view before = begun_;
    auto sent = send(before);
    begun_.erase(0, begun_.size() - before.size());
    if (sent) {
        std::string_view rest = line;
        sent = send(rest);
        if (!sent && rest.size() < line.size()) begun_ = rest;
    }
    // Another reader would begin with half a line.
    if (!sent && !reader_is_slow_) begun_.clear();
    return sent;
}

} // namespace cellos::inline CELLOS_ABI

#endif
