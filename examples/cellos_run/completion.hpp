#pragma once

#include <CLI/CLI.hpp>

#include <ostream>
#include <string_view>

namespace cellos_run {

/// `cellos-run completion SHELL`: writes what makes a shell complete the program's command line,
/// made from the program's own options. The shell is "bash", "zsh" or "fish".
void write_completion(const CLI::App& app, std::string_view shell, std::ostream& script);

} // namespace cellos_run
