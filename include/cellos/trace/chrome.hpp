#pragma once

#ifdef __linux__

#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>

#include <filesystem>
#include <memory>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Writes a file for https://ui.perfetto.dev or chrome://tracing: one track per life of a cell, one
/// slice per phase, and nested slices for the calls that a backend traces (`spans_of`). Spans
/// without a life get a separate track, or several if they overlap.
///
/// The file is complete JSON after every event, even if the program is killed: unfinished slices
/// then have no end. Thread-safe. If the file can no longer be written, `begin` throws, and the
/// supervisor puts that into its report.
class ChromeTraceTracer {
    struct File;
    struct Life;

public:
    static constexpr std::string_view name = "chrome-trace";

    /// Creates or empties the file. It must be a regular file that only this tracer writes to. The
    /// error is Host.
    [[nodiscard]] CELLOS_DECL static Result<ChromeTraceTracer> open(
        const std::filesystem::path& path
    );

    CELLOS_DECL ChromeTraceTracer(ChromeTraceTracer&&) noexcept;
    CELLOS_DECL ChromeTraceTracer& operator=(ChromeTraceTracer&&) noexcept;
    CELLOS_DECL ~ChromeTraceTracer();

    /// A span; its destructor ends the slice. It may be destroyed on any thread, but before the
    /// tracer and before the spans of the same life that began earlier.
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

    /// Begins a slice on the track of the life. Throws std::runtime_error if the file cannot be
    /// written.
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
