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

/// Tells people on stderr what cells are doing: a line for each span once it has ended, indented by
/// what it lies in.
///
///     hello: create     1.9 ms
///     hello:   runsc run   96.4 ms
///     hello: run        97.0 ms
///
/// On a terminal it also shows what is under way, in a line that the line of the end replaces.
/// Whatever workloads write meanwhile is never overwritten: as long as a `run` is under way, lines
/// are only added. Thread-safe; a line that cannot be written is lost.
class StderrTracer {
    struct Screen;
    struct Life;

public:
    static constexpr std::string_view name = "stderr";

    /// `fd` stays the caller's.
    CELLOS_DECL explicit StderrTracer(int fd = STDERR_FILENO);

    CELLOS_DECL StderrTracer(StderrTracer&&) noexcept;
    CELLOS_DECL StderrTracer& operator=(StderrTracer&&) noexcept;
    CELLOS_DECL ~StderrTracer();

    /// May end on any thread, but before the tracer.
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

    /// Begins a span within those of this life that have begun and not ended.
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
