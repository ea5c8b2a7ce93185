#pragma once

#include "options.hpp"

#include <cellos/core/span.hpp>
#include <cellos/trace/chrome.hpp>
#include <cellos/trace/stderr.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace cellos_run {

/// The tracers that the command line chose: a file for Perfetto, lines for people, both or neither.
class Tracers {
public:
    static constexpr std::string_view name = "traces";

    [[nodiscard]] static cellos::Result<Tracers> open(const Options& options) {
        Tracers tracers;
        if (options.watch) tracers.people_.emplace();
        if (options.trace) {
            auto file = cellos::ChromeTraceTracer::open(*options.trace);
            if (!file) return failure_of(file);
            tracers.file_ = *std::move(file);
        }
        return tracers;
    }

    [[nodiscard]] bool any() const noexcept { return file_ || people_; }

    struct Span {
        cellos::AnySpan of_file;
        cellos::AnySpan of_people;
    };

    [[nodiscard]] Span begin(std::string_view span, const cellos::CellRef& cell) {
        return {begin(file_, span, cell), begin(people_, span, cell)};
    }

private:
    template <class T>
    [[nodiscard]] static cellos::AnySpan begin(
        std::optional<T>& tracer, std::string_view span, const cellos::CellRef& cell
    ) {
        using Open = typename T::Span;
        if (!tracer) return {};
        return std::shared_ptr<const Open>{new Open(tracer->begin(span, cell))};
    }

    std::optional<cellos::ChromeTraceTracer> file_;
    std::optional<cellos::StderrTracer> people_;
};

} // namespace cellos_run
