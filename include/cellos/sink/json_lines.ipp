#pragma once

#ifdef __linux__

#include <cellos/evidence/chain.hpp>
#include <cellos/evidence/checksum.hpp>
#include <cellos/json/event.hpp>
#include <cellos/sink/json_lines.hpp>

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
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

// A lock is held for the time of one write. Nothing tells when it becomes free, and a process that
// was stopped while it held it must not stop this one.
[[nodiscard]] inline bool lock_event_file(int fd) noexcept {
    constexpr std::chrono::milliseconds pause{1};
    constexpr int tries = 2000;
    for (int i = 0; i < tries; ++i) {
        if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
        if (errno != EWOULDBLOCK && errno != EINTR) return false;
        std::this_thread::sleep_for(pause);
    }
    errno = ETIMEDOUT;
    return false;
}

} // namespace detail

CELLOS_DECL JsonLinesEventSink::JsonLinesEventSink(const std::filesystem::path& path)
    : JsonLinesEventSink{
          os::open_at(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY, 0644)} {}

CELLOS_DECL JsonLinesEventSink::JsonLinesEventSink(os::Descriptor file)
    : JsonLinesEventSink{Result<os::Descriptor>{std::move(file)}} {}

inline JsonLinesEventSink::JsonLinesEventSink(Result<os::Descriptor> file)
    : file_{std::move(file).map_error(detail::as_sink_error)} {
    struct stat info {};
    regular_ = file_ && ::fstat(file_->get(), &info) == 0 && S_ISREG(info.st_mode);
}

CELLOS_DECL Result<JsonLinesEventSink> JsonLinesEventSink::open(const std::filesystem::path& path) {
    JsonLinesEventSink sink{path};
    if (!sink.file_) return failure_of(sink.file_);
    return sink;
}

CELLOS_DECL Result<void> JsonLinesEventSink::emit(const CloudEvent& event) {
    if (!file_) return failure_of(file_);
    const std::string line = detail::event_line(event) + '\n';
    const std::lock_guard lock{*mutex_};
    auto written = regular_ ? append(line) : os::write_all(file_->get(), line);
    return std::move(written).map_error(detail::as_sink_error);
}

// The lock keeps other processes from writing behind a line that may have to be taken back. It
// belongs to the open file, which threads share; the mutex keeps those out.
inline Result<void> JsonLinesEventSink::append(std::string_view line) {
    const int fd = file_->get();
    if (!detail::lock_event_file(fd)) return os::failure("cannot lock the file of events");
    const off_t end = ::lseek(fd, 0, SEEK_END);
    auto written = os::write_all(fd, line);
    if (!written && ::ftruncate(fd, end) == -1)
        written.error().message += " (and the half of a line is left)";
    ::flock(fd, LOCK_UN);
    return written;
}

} // namespace cellos::inline CELLOS_ABI

#endif
