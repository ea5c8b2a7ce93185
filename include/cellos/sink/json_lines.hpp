#pragma once

#ifdef __linux__

#include <cellos/core/event.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Appends each event to a file, as one line of JSON, with a checksum
/// (<cellos/evidence/checksum.hpp>) unless it is signed.
///
///     auto sink = JsonLinesEventSink::open("events.jsonl");
///     if (!sink) return failure_of(sink);
///     Supervisor supervisor{GVisorCellBackend{}, *std::move(sink)};
///     auto report = supervisor.run(document);
///     // Read the file back with EventAudit.
///
/// The file may be shared, by threads through one sink and by processes that each have a sink, of
/// any user, on one machine. There is no lock, which everybody who may open the file could hold: a
/// line is one write with O_APPEND, which the kernel puts as a whole behind those of all others. If
/// the disk becomes full in the middle, the part of the line is replaced by a blank line, which
/// EventAudit skips, and `emit` fails; a line that a killed writer has left unfinished is ended
/// before the next one.
///
/// A pipe, a FIFO, a socket or a terminal gets whole lines too. Its reader has five seconds to take
/// one; then `emit` fails, and others fail at once until the reader takes something again. What was
/// begun is finished before the next line.
///
/// What is written can be read again: an event of more than `most_event_bytes`
/// (<cellos/json/parse_event.hpp>) is an error. So is a reader that has gone, never a signal.
/// Errors are of the kind EventSink. Thread-safe; movable while no `emit` is in progress.
class JsonLinesEventSink {
public:
    static constexpr std::string_view name = "json-lines";

    /// Opens or creates the file; for a FIFO this waits until it has a reader. If it fails, every
    /// `emit` fails with the reason; use `open` to notice it before a cell runs.
    CELLOS_DECL explicit JsonLinesEventSink(const std::filesystem::path& path);

    /// Takes ownership of a pipe, a socket, or a file that was opened with O_APPEND.
    CELLOS_DECL explicit JsonLinesEventSink(os::Descriptor file);

    /// Like the first constructor, but returns the error.
    [[nodiscard]] CELLOS_DECL static Result<JsonLinesEventSink> open(
        const std::filesystem::path& path
    );

    /// Appends the event. Fails if the disk is full, or if nobody reads from the pipe; blocks for
    /// five seconds at most.
    [[nodiscard]] CELLOS_DECL Result<void> emit(const CloudEvent& event);

private:
    enum class Opened : bool { ByOthers, Here };

    JsonLinesEventSink(Result<os::Descriptor> file, Opened opened);

    [[nodiscard]] Result<void> append(const std::string& line);
    [[nodiscard]] bool unfinished_line() const noexcept;
    [[nodiscard]] bool blank(off_t begin, std::string_view part) const;
    [[nodiscard]] Result<void> deliver(std::string_view line);

    Result<os::Descriptor> file_;
    os::Descriptor anywhere_{}; // the same file, if it is regular, without O_APPEND
    bool regular_ = false;
    bool reader_is_slow_ = false;
    std::string begun_{}; // the rest of a line that the reader has taken in part
    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
};

static_assert(EventSink<JsonLinesEventSink>);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/sink/json_lines.ipp>
#endif

#endif
