#pragma once

#include <cellos/core/error.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// What a recovery did.
struct RecoveryReport {
    /// The document's id of each cell that a dead owner had left and that is gone now; the
    /// directory's name where the record was lost.
    std::vector<std::string> removed{};
    /// Cells whose owner is alive; nothing was done to them.
    std::size_t live = 0;
    /// One for each cell of a dead owner of which something is left. Another recovery can try
    /// again.
    std::vector<CellosError> errors{};
};

} // namespace cellos::inline CELLOS_ABI
