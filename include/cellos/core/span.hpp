#pragma once

#include <cellos/core/port_concepts.hpp>

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

/// @file
/// A tracer whose type is not known, for code that is no template over the ports: a backend that
/// makes calls of its own inside the phases of the supervisor.

namespace cellos::inline CELLOS_ABI {

/// A span of any tracer; it ends with the last copy. Empty where nothing is traced.
using AnySpan = std::shared_ptr<const void>;

/// What a Tracer's `begin` is. Empty: nothing is traced, at the price of a comparison.
using SpanFactory = std::function<AnySpan(std::string_view span, const CellRef& cell)>;

/// The spans of `tracer`, which must outlive every copy of what is returned. One that cannot begin
/// is missing; a tracer that goes on failing is told of by the phase around it.
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

/// A span of `spans`, or none. `cell` is empty for what serves no single cell.
[[nodiscard]] inline AnySpan begin_span(
    const SpanFactory& spans, std::string_view span, const CellRef& cell
) {
    return spans ? spans(span, cell) : AnySpan{};
}

} // namespace cellos::inline CELLOS_ABI
