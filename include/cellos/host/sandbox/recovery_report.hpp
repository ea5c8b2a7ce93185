#pragma once

#include <cellos/core/error.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// What a recovery did.
struct RecoveryReport {
    /// The document's id of each cell of a dead owner that has been removed; the directory's name
    /// if the record was lost.
    std::vector<std::string> removed{};
    /// The number of cells whose owner is alive; they were left alone.
    std::size_t live = 0;
    /// One for each cell of a dead owner that could not be removed completely. Another recovery can
    /// try again.
    std::vector<CellosError> errors{};
};

} // namespace cellos::inline CELLOS_ABI
