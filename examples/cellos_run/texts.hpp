#pragma once

#include <CLI/CLI.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cellos_run {

/// Texts of both --help and the manual page.
namespace texts {

inline constexpr std::string_view summary = "run a command in a sandbox, and leave nothing behind";

inline constexpr std::array<std::pair<std::string_view, std::string_view>, 9> exit_codes{{
    {"124", "the time-out or the time to live ended it"},
    {"125", "the document is invalid, the backend failed, or events of the run are lost"},
    {"126", "the command cannot be executed"},
    {"127", "there is no such command in the cell"},
    {"128+N", "signal N ended it"},
    {"130", "cancelled, by SIGINT, SIGTERM, SIGHUP or another deadly signal"},
    {"137", "out of memory"},
    {"152", "processor time used up"},
    {"153", "more output than allowed"},
}};

inline constexpr std::string_view example = R"(  cellos-run --input main.py - <<'END'
  {"apiVersion": "cellos.io/v1", "kind": "ExecutionCell", "spec": {"id": "first",
   "run": {"argv": ["python3", "/inputs/main.py"], "timeoutMs": 5000},
   "authority": {}, "lifetime": {"ttlSeconds": 60}}}
  END)";

} // namespace texts

/// The options of a group, to describe them. A hidden option is in no group.
[[nodiscard]] inline std::vector<const CLI::Option*> options_of(
    const CLI::App& app, const std::string& group
) {
    return app.get_options([&](const CLI::Option* option) {
        return option->nonpositional() && !group.empty() && option->get_group() == group;
    });
}

[[nodiscard]] inline std::vector<const CLI::Option*> operands(const CLI::App& app) {
    return app.get_options([](const CLI::Option* option) { return !option->nonpositional(); });
}

[[nodiscard]] inline std::vector<const CLI::App*> visible_commands(const CLI::App& app) {
    return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); }
    );
}

} // namespace cellos_run
