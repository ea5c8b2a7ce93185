// What cellos-run says of its own command line: the manual page, and what completes it in shells.
#include "examples/program.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <filesystem>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace cellos_test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

/// What --help tells of.
std::set<std::string> options() {
    const auto help = cellos_run({"--help"}).output;
    const std::regex line{"\n  (?:-[a-z],)?--([a-z-]+)"};
    std::set<std::string> names;
    for (std::sregex_iterator match{help.begin(), help.end(), line}, end; match != end; ++match)
        names.insert((*match)[1]);
    return names;
}

std::set<std::string> commands() {
    const auto help = cellos_run({"--help"}).output;
    const auto begin = help.find("\nSubcommands:\n");
    std::istringstream lines{help.substr(begin + std::string{"\nSubcommands:\n"}.size())};
    std::set<std::string> names;
    for (std::string line; std::getline(lines, line) && line.starts_with("  ");) {
        std::istringstream words{line};
        names.insert(*std::istream_iterator<std::string>{words});
    }
    return names;
}

ProgramEnd run_shell(const std::string& shell, std::vector<std::string> arguments) {
    return Program{.arguments = std::move(arguments), .program = shell}.run();
}

/// The replies of bash to the words after the program's name, of which it completes the last.
std::set<std::string> completed_by_bash(std::vector<std::string> words) {
    const TemporaryDirectory directory;
    const auto script = directory.write("c", cellos_run({"completion", "bash"}).output);
    words.insert(
        words.begin(),
        {"-c",
         "source \"$0\"; COMP_WORDS=(cellos-run \"$@\") COMP_CWORD=$#; _cellos_run;"
         "for reply in \"${COMPREPLY[@]}\"; do echo \"$reply\"; done",
         script.native()}
    );
    const auto end = run_shell("/bin/bash", std::move(words));
    CHECK(end.code == 0);
    CHECK(end.errors.empty());
    std::istringstream lines{end.output};
    std::set<std::string> replies;
    for (std::string line; std::getline(lines, line);) replies.insert(line);
    return replies;
}

using Words = std::set<std::string>;

} // namespace

TEST_CASE("Every option and command of --help stands in the manual page and in the completions") {
    const auto all_options = options();
    const auto all_commands = commands();
    REQUIRE(all_options.size() >= 15);
    REQUIRE(all_commands == Words{"doctor", "schema", "validate"});

    const auto told = [](std::vector<std::string> arguments) {
        const auto end = cellos_run(std::move(arguments));
        CHECK(end.code == 0);
        CHECK(end.errors.empty());
        return std::regex_replace(end.output, std::regex{R"(\\-)"}, "-");
    };
    struct Row {
        std::string text, option_begins, command_begins;
    };
    for (const auto& [text, option_begins, command_begins] : std::vector<Row>{
             {told({"man"}), "\\\\fB--", "\\.TP\n\\\\fB"},
             {told({"completion", "bash"}), "[ ']--", "[ ']"},
             {told({"completion", "zsh"}), "'[*]?--", "    '"},
             {told({"completion", "fish"}), " -l ", " -a "}}) {
        CAPTURE(text);
        const auto tells_of = [&](const std::string& begin, const std::string& word) {
            return std::regex_search(text, std::regex{begin + word + "[^a-z-]"});
        };
        for (const auto& option : all_options) CHECK(tells_of(option_begins, option));
        for (const auto& command : all_commands) CHECK(tells_of(command_begins, command));
    }
    CHECK(cellos_run({"completion", "tcsh"}).code == 125);
}

TEST_CASE("The manual page has its sections, and nothing in it is taken for a request by mistake") {
    const auto page = cellos_run({"man"}).output;
    for (const char* section :
         {"NAME",
          "SYNOPSIS",
          "DESCRIPTION",
          "COMMANDS",
          "OPTIONS",
          "\"EXIT STATUS\"",
          "ENVIRONMENT",
          "EXAMPLE"})
        CHECK_THAT(page, ContainsSubstring(std::string{"\n.SH "} + section + '\n'));
    std::istringstream lines{page};
    for (std::string line; std::getline(lines, line);) {
        INFO(line);
        const bool request = line.starts_with('.') || line.starts_with('\'');
        CHECK((!request || std::regex_search(line, std::regex{"^\\.(TH|SH|SS|TP|br|nf|fi)( |$)"})));
    }
}

TEST_CASE("Bash completes options, their values, commands and file names") {
    const TemporaryDirectory directory;
    const auto file = directory.write("my document.json", "{}").native();
    std::filesystem::create_directory(directory.path() / "my folder");
    const auto folder = (directory.path() / "my folder").native();
    const auto begun = (directory.path() / "my").native();

    CHECK(completed_by_bash({"--ba"}) == Words{"--backend"});
    CHECK(completed_by_bash({"--backend", ""}) == Words{"gvisor", "stub"});
    CHECK(completed_by_bash({"--backend", "s"}) == Words{"stub"});
    CHECK(completed_by_bash({"--backend", "="}) == Words{"gvisor", "stub"});
    CHECK(completed_by_bash({"--backend", "=", "g"}) == Words{"gvisor"});
    CHECK(completed_by_bash({"--backend", "stub", "--rep"}) == Words{"--report"});
    CHECK(completed_by_bash({"vali"}) == Words{"validate"});
    CHECK(completed_by_bash({begun}) == Words{file, folder});
    CHECK(completed_by_bash({"validate", begun}) == Words{file, folder});
    CHECK(completed_by_bash({"--report", "=", begun}) == Words{file, folder});
    CHECK(completed_by_bash({"--rootfs", begun}) == Words{folder});
    CHECK(completed_by_bash({"--policy", begun}) == Words{file, folder});
    CHECK(completed_by_bash({"--input", begun}) == Words{file, folder});
    CHECK(completed_by_bash({"--export-to", begun}) == Words{folder});
    CHECK(completed_by_bash({"--export", begun}).empty());
    CHECK(completed_by_bash({"--max-memory", begun}).empty());
    CHECK(completed_by_bash({"--watch", begun}) == Words{file, folder});
}

TEST_CASE("Zsh takes its completion") {
    if (!std::filesystem::exists("/bin/zsh")) CELLOS_SKIP("no /bin/zsh (zsh)");
    const TemporaryDirectory directory;
    const auto script = directory.write("c", cellos_run({"completion", "zsh"}).output);
    const auto end = run_shell("/bin/zsh", {"-n", script.native()});
    CHECK(end.code == 0);
    CHECK(end.errors.empty());
}

TEST_CASE("Fish completes options and their values") {
    if (!std::filesystem::exists("/usr/bin/fish")) CELLOS_SKIP("no /usr/bin/fish (fish)");
    const TemporaryDirectory directory;
    const auto script = directory.write("c", cellos_run({"completion", "fish"}).output);
    const auto completed = [&](const std::string& line) {
        const auto end = run_shell(
            "/usr/bin/fish",
            {"--no-config", "-c", "source '" + script.native() + "'; complete -C '" + line + '\''}
        );
        CHECK(end.code == 0);
        CHECK(end.errors.empty());
        return end.output;
    };
    CHECK_THAT(completed("cellos-run --ba"), ContainsSubstring("--backend\tgvisor: a"));
    CHECK_THAT(completed("cellos-run --backend s"), StartsWith("stub\t"));
    CHECK_THAT(completed("cellos-run vali"), ContainsSubstring("validate\truns nothing"));
}
