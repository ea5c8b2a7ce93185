#pragma once

#include "options.hpp"

namespace cellos_run {

/// `--verify-events`: says what is wrong with a file of events, line by line, and what it proves.
/// Returns the exit code: 0 if nothing is wrong, 1 if something is, 125 if it could not be told.
[[nodiscard]] int verify_events(const Options& options);

} // namespace cellos_run
