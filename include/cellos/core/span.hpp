#pragma once

#include <cellos/core/port_concepts.hpp>

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

/// @file
/// Type-erased tracing, for code that is not a template over the ports: for example a backend that
/// traces its own calls within the supervisor's phases.

namespace cellos::inline CELLOS_ABI {

/// A span of any tracer; it ends with the last copy. Empty: nothing is traced.
using AnySpan = std::shared_ptr<const void>;

/// The `begin` of a Tracer. Empty: nothing is traced, at the cost of a comparison.
using SpanFactory = std::function<AnySpan(std::string_view span, const CellRef& cell)>;

/// A factory for spans of `tracer`, which must outlive every copy of the result. If a span cannot
/// begin, it is left out; a tracer that keeps failing is reported by the phase around it. As
/// thread-safe as the tracer.
template <Tracer T>
[[nodiscard]] SpanFactory spans_of(T& tracer) {
    return [&tracer](std::string_view span, const CellRef& cell) -> AnySpan {
        using Span = std::remove_cv_t<decltype(tracer.begin(span, cell))>;
        try {
            // Not make_shared: a span may be of a type that cannot be moved.
            return std::shared_ptr<const Span>{new Span(tracer.begin(span, cell))};
        } catch (...) {
            return {};
        }
    };
}

/// Begins a span of `spans`, if that is not empty. `cell` is empty for work that serves no single
/// cell.
[[nodiscard]] inline AnySpan begin_span(
    const SpanFactory& spans, std::string_view span, const CellRef& cell
) {
    return spans ? spans(span, cell) : AnySpan{};
}

} // namespace cellos::inline CELLOS_ABI
