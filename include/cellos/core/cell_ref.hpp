#pragma once

#include <cellos/core/config.hpp>

#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Identifies one life of one cell, for a tracer for example. Both texts are valid only during the
/// call that receives them: copy them to keep them.
struct CellRef {
    /// The document's `spec.id`; empty for work that serves no single cell.
    std::string_view cell_id{};
    /// The attribute `cellrun` of the life's events: unique for each life, even if cell ids repeat.
    /// Empty if there is no life, if the supervisor has neither a sink nor a broker nor a tracer,
    /// or if the system provides no random numbers.
    std::string_view run_id{};
};

} // namespace cellos::inline CELLOS_ABI
