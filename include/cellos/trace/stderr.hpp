#pragma once

#ifdef __linux__

#include <cellos/core/port_concepts.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <unistd.h>

namespace cellos::inline CELLOS_ABI {

/// Shows people on stderr what cells are doing: one line for each span when it ends, indented by
/// nesting.
///
///     hello: create     1.9 ms
///     hello:   runsc run   96.4 ms
///     hello: run        97.0 ms
///
/// On a terminal it also shows a span in progress, in a line that is replaced when the span ends.
/// Output of workloads is never overwritten: while a `run` is in progress, lines are only added.
/// Thread-safe; a line that cannot be written is lost.
class StderrTracer {
    struct Screen;
    struct Life;

public:
    static constexpr std::string_view name = "stderr";

    /// `fd` stays the caller's and must outlive the tracer.
    CELLOS_DECL explicit StderrTracer(int fd = STDERR_FILENO);

    CELLOS_DECL StderrTracer(StderrTracer&&) noexcept;
    CELLOS_DECL StderrTracer& operator=(StderrTracer&&) noexcept;
    CELLOS_DECL ~StderrTracer();

    /// A span; it may be destroyed on any thread, but before the tracer.
    class Span {
    public:
        Span(const Span&) = delete;
        Span& operator=(const Span&) = delete;
        CELLOS_DECL ~Span();

    private:
        friend StderrTracer;
        Span(Screen& screen, std::string_view span, const CellRef& cell);

        Screen& screen_;
        Life& life_;
        bool workload_; // one may write to the same terminal
        std::string title_;
        std::uint64_t line_; // the line of its begin is the line of that number
        std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    };

    /// Begins a span inside the unfinished spans of the same life.
    [[nodiscard]] CELLOS_DECL Span begin(std::string_view span, const CellRef& cell);

private:
    std::unique_ptr<Screen> screen_;
};

static_assert(Tracer<StderrTracer>);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/trace/stderr.ipp>
#endif

#endif
