#pragma once

#ifdef __linux__

#include <cellos/core/report.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/trace/stderr.hpp>

#include <cstddef>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>

namespace cellos::inline CELLOS_ABI {

// `begin` is called with the mutex held, `end` takes it.
struct StderrTracer::Screen {
    explicit Screen(int descriptor) noexcept
        : fd{descriptor}, terminal{::isatty(descriptor) == 1} {}

    [[nodiscard]] std::string begin(std::string_view span, std::string_view cell_id) {
        Life& life = lives[std::this_thread::get_id()];
        if (!cell_id.empty()) life.cell = cell_id;
        std::string title = life.cell.empty() ? "cellos" : life.cell;
        title += ": ";
        title.append(2 * life.depth, ' ');
        title += span;
        ++life.depth;
        if (life.shared > 0 || span == to_string(Phase::Run)) ++life.shared;
        if (terminal) write(title + " …\n");
        return title;
    }

    void end(const std::string& title, std::uint64_t line, std::chrono::nanoseconds duration) {
        const std::lock_guard lock{mutex};
        const auto found = lives.find(std::this_thread::get_id());
        Life& life = found->second;
        // Up one line and clear it, if nobody can have written below it.
        if (terminal && life.shared == 0 && lines == line) write("\x1b[1A\x1b[2K");
        if (life.shared > 0) --life.shared;
        if (--life.depth == 0) lives.erase(found);
        char time[32];
        std::snprintf(time, sizeof time, "%.1f ms\n", static_cast<double>(duration.count()) / 1e6);
        constexpr std::size_t column = 24;
        std::string text = title;
        text.append(text.size() < column ? column - text.size() : 1, ' ');
        write(text += time);
    }

    void write(std::string_view text) {
        ++lines;
        static_cast<void>(os::write_all(fd, text));
    }

    struct Life {
        std::string cell{};
        std::size_t depth = 0;
        std::size_t shared = 0; // spans in which the workload may write to the same terminal
    };

    int fd;
    bool terminal;
    std::mutex mutex{};
    std::uint64_t lines = 0;
    std::map<std::thread::id, Life> lives{};
};

CELLOS_DECL StderrTracer::StderrTracer(int fd) : screen_{std::make_unique<Screen>(fd)} {}
CELLOS_DECL StderrTracer::StderrTracer(StderrTracer&&) noexcept = default;
CELLOS_DECL StderrTracer& StderrTracer::operator=(StderrTracer&&) noexcept = default;
CELLOS_DECL StderrTracer::~StderrTracer() = default;

CELLOS_DECL StderrTracer::Span StderrTracer::begin(
    std::string_view span, std::string_view cell_id
) {
    const std::lock_guard lock{screen_->mutex};
    return {*screen_, span, cell_id};
}

inline StderrTracer::Span::Span(Screen& screen, std::string_view span, std::string_view cell_id)
    : screen_{screen}, title_{screen.begin(span, cell_id)}, line_{screen.lines} {}

CELLOS_DECL StderrTracer::Span::~Span() {
    screen_.end(title_, line_, std::chrono::steady_clock::now() - begin_);
}

} // namespace cellos::inline CELLOS_ABI

#endif
