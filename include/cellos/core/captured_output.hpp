#pragma once

#include <cellos/core/config.hpp>

#include <string>

namespace cellos::inline CELLOS_ABI {

/// What a run with `Capture` kept of the workload's output: the bytes as they came.
struct CapturedOutput {
    std::string stdout_text{};
    std::string stderr_text{};
    bool truncated = false; ///< more came, of one stream or both, and was dropped
};

} // namespace cellos::inline CELLOS_ABI
