#pragma once

#include <cellos/core/config.hpp>

#include <string>

namespace cellos::inline CELLOS_ABI {

/// The output of the workload that a run with `Capture` has kept, as raw bytes.
struct CapturedOutput {
    std::string stdout_text{};
    std::string stderr_text{};
    bool truncated = false; ///< output of one or both streams was dropped
};

} // namespace cellos::inline CELLOS_ABI
