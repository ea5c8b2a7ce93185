#pragma once

#include <CLI/CLI.hpp>

#include <ostream>

namespace cellos_run {

/// `cellos-run man`: writes the manual page cellos-run(1), made from the program's own options.
void write_man(const CLI::App& app, std::ostream& page);

} // namespace cellos_run
