#pragma once

#ifdef __linux__

#include <cellos/core/event.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <filesystem>
#include <memory>
#include <mutex>
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
/// The file may be shared, by threads through one sink and by processes that each have a sink. It
/// contains only whole lines: each is written in one piece, and if the disk becomes full in the
/// middle, the partial line is removed and `emit` fails.
///
/// Errors are of the kind EventSink. Thread-safe; movable while no `emit` is in progress.
class JsonLinesEventSink {
public:
    static constexpr std::string_view name = "json-lines";

    /// Opens or creates the file. If that fails, every `emit` fails with the reason; use `open` to
    /// notice it before a cell runs.
    CELLOS_DECL explicit JsonLinesEventSink(const std::filesystem::path& path);

    /// Takes ownership of a pipe, a socket, or a file that was opened with O_APPEND.
    CELLOS_DECL explicit JsonLinesEventSink(os::Descriptor file);

    /// Like the first constructor, but returns the error.
    [[nodiscard]] CELLOS_DECL static Result<JsonLinesEventSink> open(
        const std::filesystem::path& path
    );

    /// Appends the event. Fails if the disk is full, or if another process keeps the file locked
    /// for two seconds; blocks for as long.
    [[nodiscard]] CELLOS_DECL Result<void> emit(const CloudEvent& event);

private:
    explicit JsonLinesEventSink(Result<os::Descriptor> file);

    [[nodiscard]] Result<void> append(std::string_view line);

    Result<os::Descriptor> file_;
    bool regular_ = false;
    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
};

static_assert(EventSink<JsonLinesEventSink>);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/sink/json_lines.ipp>
#endif

#endif
