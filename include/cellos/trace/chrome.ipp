#pragma once

#ifdef __linux__

#include <cellos/json/write.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/trace/chrome.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI {

struct ChromeTraceTracer::Life {
    int track = 0;
    std::size_t open = 0; ///< spans that have begun and not ended
    std::chrono::steady_clock::time_point last_end{};
};

// All members are to be called with the mutex held.
struct ChromeTraceTracer::File {
    explicit File(os::Descriptor descriptor) noexcept : fd{std::move(descriptor)} {}

    [[nodiscard]] static std::string quoted(std::string_view text) {
        return json::write(json::tree_of(text));
    }

    // When, and on which track.
    [[nodiscard]] std::string place(int track) const {
        using Microseconds = std::chrono::duration<double, std::micro>;
        char text[64];
        std::snprintf(
            text,
            sizeof text,
            R"(,"ts":%.3f,"tid":%d)",
            Microseconds{std::chrono::steady_clock::now() - begin}.count(),
            track
        );
        return text;
    }

    [[nodiscard]] Life& life_of(const CellRef& cell) {
        const std::pair key{std::string{cell.cell_id}, std::string{cell.run_id}};
        const auto [first, last] = lives.equal_range(key);
        // Spans of one life lie within each other; those that name none may overlap in any way.
        const auto found = std::find_if(first, last, [&](const auto& known) {
            return !cell.run_id.empty() || known.second.open == 0;
        });
        if (found != last) return found->second;
        if (lives.size() >= crowded) forget_the_dead();
        Life& life = lives.emplace(key, Life{.track = ++tracks})->second;
        static_cast<void>(append(
            R"("name":"thread_name","ph":"M","tid":)" + std::to_string(life.track) +
            R"(,"args":{"name":)" + quoted(cell.cell_id.empty() ? "cellos" : cell.cell_id) + "}"
        ));
        return life;
    }

    // A phase follows the other at once, so that a life without a span for so long is over. (Were
    // it not, it would only get a second track.)
    void forget_the_dead() {
        const auto alive_at = std::chrono::steady_clock::now() - std::chrono::seconds{10};
        std::erase_if(lives, [&](const auto& known) {
            return known.second.open == 0 && known.second.last_end < alive_at;
        });
        crowded = (std::max)(crowded, 2 * lives.size());
    }

    // Puts an event in place of the closing bracket, and a new bracket behind it, in one write.
    [[nodiscard]] Result<void> append(const std::string& members) {
        const std::string pid = std::to_string(::getpid());
        std::string text = size > 0 ? ",\n{" : "[\n{";
        text.append(members).append(",\"pid\":").append(pid).append("}").append(bracket);
        std::size_t written = 0;
        while (written < text.size()) {
            const ssize_t count = os::retry_on_interrupt([&] {
                return ::pwrite(
                    fd.get(),
                    text.data() + written,
                    text.size() - written,
                    size + static_cast<off_t>(written)
                );
            });
            if (count == -1) {
                auto error = os::failure("cannot write");
                // The format allows a missing bracket, but no half of an event.
                static_cast<void>(!::ftruncate(fd.get(), size));
                return error;
            }
            written += static_cast<std::size_t>(count);
        }
        size += static_cast<off_t>(text.size() - bracket.size());
        return {};
    }

    static constexpr std::string_view bracket = "\n]\n";

    os::Descriptor fd;
    std::mutex mutex{};
    std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
    off_t size = 0;                                                   // without the closing bracket
    std::multimap<std::pair<std::string, std::string>, Life> lives{}; // by cell id and run id
    std::size_t crowded = 1024;
    int tracks = 0;
};

inline ChromeTraceTracer::ChromeTraceTracer(std::unique_ptr<File> file) noexcept
    : file_{std::move(file)} {}

CELLOS_DECL ChromeTraceTracer::ChromeTraceTracer(ChromeTraceTracer&&) noexcept = default;
CELLOS_DECL ChromeTraceTracer& ChromeTraceTracer::operator=(ChromeTraceTracer&&) noexcept = default;
CELLOS_DECL ChromeTraceTracer::~ChromeTraceTracer() = default;

CELLOS_DECL Result<ChromeTraceTracer> ChromeTraceTracer::open(const std::filesystem::path& path) {
    auto file = os::open_at(
        AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_NONBLOCK, 0644
    );
    if (!file) return failure_of(file);
    struct stat info {};
    if (::fstat(file->get(), &info) == -1 || !S_ISREG(info.st_mode))
        return failure(CellosError::Kind::Host, path.string() + " must be a regular file");
    ChromeTraceTracer tracer{std::make_unique<File>(*std::move(file))};
    const std::lock_guard lock{tracer.file_->mutex};
    auto begun =
        tracer.file_->append(R"("name":"process_name","ph":"M","tid":0,"args":{"name":"cellos"})");
    if (!begun) return failure_of(begun);
    return tracer;
}

CELLOS_DECL ChromeTraceTracer::Span ChromeTraceTracer::begin(
    std::string_view span, const CellRef& cell
) {
    const std::lock_guard lock{file_->mutex};
    Life& life = file_->life_of(cell);
    const auto begun = file_->append(
        "\"name\":" + File::quoted(span) + R"(,"cat":"cellos","ph":"B")" + file_->place(life.track)
    );
    if (!begun) throw std::runtime_error{"the trace: " + begun.error().message};
    ++life.open;
    return {*file_, life};
}

CELLOS_DECL ChromeTraceTracer::Span::~Span() {
    const std::lock_guard lock{file_.mutex};
    // The next `begin` tells if this could not be written.
    static_cast<void>(file_.append(R"("ph":"E")" + file_.place(life_.track)));
    --life_.open;
    life_.last_end = std::chrono::steady_clock::now();
}

} // namespace cellos::inline CELLOS_ABI

#endif
