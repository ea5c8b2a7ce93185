#pragma once

#ifdef __linux__

#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>

#include <filesystem>
#include <memory>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Writes a file that https://ui.perfetto.dev and chrome://tracing open: one track per life of a
/// cell, one slice per phase, and below it one per call that a backend was told to trace
/// (`spans_of`). What no life is named for has a track of its own, or several where such spans are
/// under way at once.
///
/// The file is complete JSON after every event, also when the program is killed: what was under way
/// is then a slice without an end. Thread-safe. A file that can no longer be written to is told of
/// by an exception from `begin`, which a supervisor puts into its report.
class ChromeTraceTracer {
    struct File;
    struct Life;

public:
    static constexpr std::string_view name = "chrome-trace";

    /// Makes the file, or empties it. It must be a regular file of this tracer's own.
    [[nodiscard]] CELLOS_DECL static Result<ChromeTraceTracer> open(
        const std::filesystem::path& path
    );

    CELLOS_DECL ChromeTraceTracer(ChromeTraceTracer&&) noexcept;
    CELLOS_DECL ChromeTraceTracer& operator=(ChromeTraceTracer&&) noexcept;
    CELLOS_DECL ~ChromeTraceTracer();

    /// Ends its slice. May end on any thread, but before the tracer, and before the spans of the
    /// same life that began earlier.
    class Span {
    public:
        Span(const Span&) = delete;
        Span& operator=(const Span&) = delete;
        CELLOS_DECL ~Span();

    private:
        friend ChromeTraceTracer;
        Span(File& file, Life& life) noexcept : file_{file}, life_{life} {}

        File& file_;
        Life& life_;
    };

    /// Begins a slice on the track of that life. Throws std::runtime_error if the file cannot be
    /// written to.
    [[nodiscard]] CELLOS_DECL Span begin(std::string_view span, const CellRef& cell);

private:
    explicit ChromeTraceTracer(std::unique_ptr<File> file) noexcept;

    std::unique_ptr<File> file_;
};

static_assert(Tracer<ChromeTraceTracer>);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/trace/chrome.ipp>
#endif

#endif
