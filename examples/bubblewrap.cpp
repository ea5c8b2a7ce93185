// bubblewrap <command> [<argument>...]: runs a command in a cell of the backend beside this file,
// with this program's own standard streams, and ends with the command's exit code.
#include "bubblewrap_backend.hpp"

#include <cellos/core/command_document.hpp>
#include <cellos/supervisor.hpp>

#include <iostream>

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: bubblewrap <command> [<argument>...]\n";
        return 125;
    }
    const auto document = cellos::command_document("bubblewrap-example", {argv + 1, argv + argc});
    cellos::Supervisor supervisor{example::BubblewrapCellBackend{}};
    const auto report = supervisor.run(document, {.stdio = cellos::Inherit{}});
    if (!report) {
        std::cerr << "bubblewrap: " << report.error().what() << '\n';
        return 125;
    }
    return cellos::shell_exit_code(*report->exit);
}
