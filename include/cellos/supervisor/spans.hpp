#pragma once

#include <cellos/core/cell_ref.hpp>
#include <cellos/supervisor/in_place.hpp>
#include <cellos/supervisor/ports.hpp>

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI::detail {

/// One span of one tracer, from construction to destruction. A span may be of any type, even one
/// that cannot be moved. If the tracer throws, that is reported in `errors`, and there is no span.
template <class P>
class OpenSpan {
public:
    OpenSpan(
        P& tracer,
        std::size_t number,
        Phase phase,
        const CellRef& cell,
        std::vector<CellosError>& errors
    ) {
        const auto begun = contained(TracerRole::kind, "begin", [&]() -> Result<void> {
            span_.make([&]() -> decltype(auto) { return tracer.begin(to_string(phase), cell); });
            return {};
        });
        if (!begun)
            errors.push_back(port_error(port_label<TracerRole, P>(number), phase, begun.error()));
    }

private:
    using Span =
        std::remove_cv_t<decltype(std::declval<P&>().begin(std::string_view{}, CellRef{}))>;

    InPlace<Span> span_;
};

/// Does `work` inside a span of each tracer. Without a tracer it just does the work.
template <std::size_t N = 1, class Backend, class... Ports, class Work>
decltype(auto) with_spans(
    std::tuple<Backend, Ports...>& parts,
    Phase phase,
    const CellRef& cell,
    std::vector<CellosError>& errors,
    Work& work
) {
    if constexpr (N > sizeof...(Ports)) {
        return work();
    } else if constexpr (Tracer<std::tuple_element_t<N, std::tuple<Backend, Ports...>>>) {
        const OpenSpan span{std::get<N>(parts), N, phase, cell, errors};
        return with_spans<N + 1>(parts, phase, cell, errors, work);
    } else {
        return with_spans<N + 1>(parts, phase, cell, errors, work);
    }
}

} // namespace cellos::inline CELLOS_ABI::detail
