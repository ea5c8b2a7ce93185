#pragma once

#include <cellos/core/config.hpp>

#include <cstddef>
#include <string>
#include <variant>

namespace cellos::inline CELLOS_ABI {

/// Keep the workload's output, up to `limit_bytes` of each stream; the rest is read and dropped. It
/// is kept in a CapturedOutput.
struct Capture {
    std::size_t limit_bytes = std::size_t{1} << 20;
    std::string stdin_text{}; ///< what the workload reads; empty: end of file at once
    /// Both streams go to `stdout_text`, in the order in which they were written.
    bool merge = false;
};

/// The caller's own descriptors 0, 1 and 2.
struct Inherit {};

/// No input, and output is dropped.
struct Discard {};

/// Descriptors that the caller owns and keeps open until the run has ended; -1: no input, or output
/// is dropped.
struct Descriptors {
    int stdin_fd = -1;
    int stdout_fd = -1;
    int stderr_fd = -1;
};

/// What the workload's standard streams are connected to.
using Stdio = std::variant<Capture, Inherit, Discard, Descriptors>;

} // namespace cellos::inline CELLOS_ABI
