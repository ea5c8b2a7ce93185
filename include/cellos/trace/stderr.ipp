#pragma once

#ifdef __linux__

#include <cellos/core/report.hpp>
#include <cellos/core/visible.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/trace/stderr.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <list>
#include <mutex>

namespace cellos::inline CELLOS_ABI {

/// One that has spans under way.
struct StderrTracer::Life {
    std::string cell_id{};
    std::string run_id{};
    std::size_t depth = 0;
};

// The functions are called with the mutex held.
struct StderrTracer::Screen {
    explicit Screen(int descriptor) noexcept
        : fd{descriptor}, terminal{::isatty(descriptor) == 1} {}

    [[nodiscard]] Life& life_of(const CellRef& cell) {
        for (Life& life : lives)
            if (life.cell_id == cell.cell_id && life.run_id == cell.run_id) return life;
        return lives.emplace_back(Life{std::string{cell.cell_id}, std::string{cell.run_id}});
    }

    [[nodiscard]] std::string begin(std::string_view span, Life& life, bool workload) {
        std::string title = life.cell_id.empty() ? "cellos" : visible(life.cell_id);
        title += ": ";
        title.append(2 * life.depth, ' ');
        title += visible(span);
        ++life.depth;
        if (workload) ++workloads;
        if (terminal) write(title + " …\n");
        return title;
    }

    void end(const Span& span) {
        // Up one line and clear it, if nothing can have been written below it.
        if (terminal && workloads == 0 && lines == span.line_) write("\x1b[1A\x1b[2K");
        if (span.workload_) --workloads;
        if (--span.life_.depth == 0)
            lives.remove_if([&](const Life& life) { return &life == &span.life_; });
        using Milliseconds = std::chrono::duration<double, std::milli>;
        const Milliseconds duration = std::chrono::steady_clock::now() - span.begin_;
        char time[32];
        std::snprintf(time, sizeof time, "%.1f ms\n", duration.count());
        constexpr std::size_t column = 24;
        std::string text = span.title_;
        text.append(text.size() < column ? column - text.size() : 1, ' ');
        write(text += time);
    }

    void write(std::string_view text) {
        ++lines;
        static_cast<void>(os::write_all(fd, text));
    }

    int fd;
    bool terminal;
    std::mutex mutex{};
    std::uint64_t lines = 0;
    std::size_t workloads = 0; // spans in which one may write to the same terminal
    std::list<Life> lives{};
};

CELLOS_DECL StderrTracer::StderrTracer(int fd) : screen_{std::make_unique<Screen>(fd)} {}
CELLOS_DECL StderrTracer::StderrTracer(StderrTracer&&) noexcept = default;
CELLOS_DECL StderrTracer& StderrTracer::operator=(StderrTracer&&) noexcept = default;
CELLOS_DECL StderrTracer::~StderrTracer() = default;

CELLOS_DECL StderrTracer::Span StderrTracer::begin(std::string_view span, const CellRef& cell) {
    const std::lock_guard lock{screen_->mutex};
    return {*screen_, span, cell};
}

inline StderrTracer::Span::Span(Screen& screen, std::string_view span, const CellRef& cell)
    : screen_{screen},
      life_{screen.life_of(cell)},
      workload_{span == to_string(Phase::Run)},
      title_{screen.begin(span, life_, workload_)},
      line_{screen.lines} {}

CELLOS_DECL StderrTracer::Span::~Span() {
    const std::lock_guard lock{screen_.mutex};
    screen_.end(*this);
}

} // namespace cellos::inline CELLOS_ABI

#endif
