#pragma once

#include <cellos/core/config.hpp>

#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Names one life of one cell to whoever watches it, such as a tracer. Both texts outlive the call
/// that they are given to and no more: who keeps them copies them.
struct CellRef {
    std::string_view cell_id{}; ///< the document's `spec.id`; empty for what serves no single cell
    /// The attribute `cellrun` of the life's events: no other life has it, also not one of the same
    /// cell id. Empty where there is no life, or where nobody has named it: the supervisor has
    /// neither sink, broker nor tracer, or the system gives no random numbers.
    std::string_view run_id{};
};

} // namespace cellos::inline CELLOS_ABI
