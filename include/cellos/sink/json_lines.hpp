#pragma once

#ifdef __linux__

#include <cellos/core/event.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/evidence/chain.hpp>
#include <cellos/evidence/checksum.hpp>
#include <cellos/json/event.hpp>
#include <cellos/os/descriptor.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <sys/file.h>
#include <sys/stat.h>

namespace cellos::inline CELLOS_ABI {

/// Appends each event to a file, as one line of JSON, with a checksum of itself
/// (<cellos/evidence/checksum.hpp>) unless it is signed.
///
/// The file may be shared: by threads through one sink, by processes through sinks of their own. It
/// holds whole lines only. Each is handed to the system in one piece, and where the disk is full in
/// the middle of one, what was written of it is taken back and `emit` fails.
template <class = IfUsed>
class BasicJsonLinesEventSink {
public:
    static constexpr std::string_view name = "json-lines";

    /// Opens the file, or makes it. If that fails every `emit` fails, with the reason; to know it
    /// before any cell runs, use `open`.
    explicit BasicJsonLinesEventSink(const std::filesystem::path& path)
        : BasicJsonLinesEventSink{os::open_at(
              AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY, 0644
          )} {}

    /// Takes over a pipe, a socket, or a file that was opened with O_APPEND.
    explicit BasicJsonLinesEventSink(os::Descriptor file)
        : BasicJsonLinesEventSink{Result<os::Descriptor>{std::move(file)}} {}

    /// What the first constructor does, as a Result.
    [[nodiscard]] static Result<BasicJsonLinesEventSink> open(const std::filesystem::path& path) {
        BasicJsonLinesEventSink sink{path};
        if (!sink.file_) return failure_of(sink.file_);
        return sink;
    }

    [[nodiscard]] Result<void> emit(const CloudEvent& event) {
        if (!file_) return failure_of(file_);
        const std::string line = line_of(event) + '\n';
        const std::lock_guard lock{*mutex_};
        auto written = regular_ ? append(line) : os::write_all(file_->get(), line);
        return std::move(written).map_error(as_sink_error);
    }

private:
    explicit BasicJsonLinesEventSink(Result<os::Descriptor> file)
        : file_{std::move(file).map_error(as_sink_error)} {
        struct stat info {};
        regular_ = file_ && ::fstat(file_->get(), &info) == 0 && S_ISREG(info.st_mode);
    }

    [[nodiscard]] static std::string line_of(const CloudEvent& event) {
        if (!extension(event, ChainAttribute::signature).empty()) return to_json(event);
        CloudEvent checked = event;
        checked.extensions[checksum_attribute] = checksum_of(event);
        return to_json(checked);
    }

    [[nodiscard]] static CellosError as_sink_error(CellosError error) {
        error.kind = CellosError::Kind::EventSink;
        return error;
    }

    // The lock keeps other processes from writing behind a line that may have to be taken back. It
    // belongs to the open file, which threads share; the mutex keeps those out.
    [[nodiscard]] Result<void> append(std::string_view line) {
        const int fd = file_->get();
        if (!lock_file(fd)) return os::failure("cannot lock the file of events");
        const off_t end = ::lseek(fd, 0, SEEK_END);
        auto written = os::write_all(fd, line);
        if (!written && ::ftruncate(fd, end) == -1)
            written.error().message += " (and the half of a line is left)";
        ::flock(fd, LOCK_UN);
        return written;
    }

    // A lock is held for the time of one write. Nothing tells when it becomes free, and a process
    // that was stopped while it held it must not stop this one.
    [[nodiscard]] static bool lock_file(int fd) noexcept {
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

    Result<os::Descriptor> file_;
    bool regular_ = false;
    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
};

using JsonLinesEventSink = BasicJsonLinesEventSink<>;

static_assert(EventSink<JsonLinesEventSink>);

} // namespace cellos::inline CELLOS_ABI

#endif
