#pragma once

#include <cellos/core/config.hpp>

#include <cstddef>
#include <string>
#include <variant>

namespace cellos::inline CELLOS_ABI {

/// Keep what the workload writes, up to `limit_bytes` of each stream; the rest is read and dropped.
/// A CapturedOutput is where it is kept.
struct Capture {
    std::size_t limit_bytes = std::size_t{1} << 20;
    std::string stdin_text{}; ///< what the workload reads; empty: end of file at once
};

/// The caller's own descriptors 0, 1 and 2.
struct Inherit {};

/// Nothing to read, and what is written is dropped.
struct Discard {};

/// Descriptors that the caller owns and keeps open until the run has ended; -1 means nothing there.
struct Descriptors {
    int stdin_fd = -1;
    int stdout_fd = -1;
    int stderr_fd = -1;
};

/// Where the workload's standard streams go.
using Stdio = std::variant<Capture, Inherit, Discard, Descriptors>;

} // namespace cellos::inline CELLOS_ABI
