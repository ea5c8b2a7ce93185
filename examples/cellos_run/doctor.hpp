#pragma once

#include "options.hpp"

namespace cellos_run {

/// `cellos-run doctor`: what this host can do, and what to install where it cannot. Ends soon,
/// whatever hangs; with Options::quick at once, without booting cells. Returns the exit code: 0 if
/// cells can run (quick: if there is a runsc), else 1.
[[nodiscard]] int doctor(const Options& options);

} // namespace cellos_run
