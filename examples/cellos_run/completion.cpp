#include "completion.hpp"

#include "texts.hpp"

#include <algorithm>
#include <string>

namespace cellos_run {

namespace {

std::vector<const CLI::Option*> all_options(const CLI::App& app) {
    return app.get_options([](const CLI::Option* option) { return option->nonpositional(); });
}

/// How a shell is told what the value of an option can be.
struct Spelling {
    std::string words[2], directories, files;
};

/// The value of an option whose type is written "one|other" is one of these words. Numbers and
/// names are for people to think of.
std::string value_of(const CLI::Option& option, const Spelling& shell) {
    if (option.get_items_expected_max() == 0) return {};
    std::string type = option.get_type_name();
    if (type == "DIR") return shell.directories;
    for (const char* free : {"NAME", "NAME=PATH", "NUMBER", "PREFIX", "SECONDS", "SIZE"})
        if (type == free) return shell.words[0] + shell.words[1];
    if (type.find('|') == std::string::npos) return shell.files;
    std::ranges::replace(type, '|', ' ');
    return shell.words[0] + type + shell.words[1];
}

/// For a shell's single quotes, with a backslash before some other characters.
std::string quotable(std::string_view text, std::string_view special) {
    std::string result;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) result += '\\';
        result += c == '\'' ? std::string{"'\\''"} : std::string{c};
    }
    return result;
}

std::string names_of(const std::vector<const CLI::Option*>& options) {
    std::string names;
    for (const CLI::Option* option : options) names += option->get_name(false, true) + ' ';
    std::ranges::replace(names, ',', ' ');
    names.pop_back();
    return names;
}

void write_bash(const CLI::App& app, std::ostream& script) {
    std::string commands;
    for (const CLI::App* command : visible_commands(app)) commands += ' ' + command->get_name();

    // Bash splits "--option=value" into three words.
    script << R"(# bash completion of cellos-run, which has written it: cellos-run completion bash
_cellos_run() {
    local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} wanted=(-f)
    if [[ $word == = ]]; then
        word=
    elif [[ $option == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case $option in
)";
    for (const CLI::Option* option : all_options(app))
        if (const auto value = value_of(*option, {{"-W '", "'"}, "-d", "-f"}); !value.empty())
            script << "    " << option->get_name() << ") wanted=(" << value << ") ;;\n";
    script << "    *)\n"
           << "        if [[ $word == -* ]]; then\n"
           << "            wanted=(-W '" << names_of(all_options(app)) << "')\n"
           << "        elif ((COMP_CWORD == 1)); then\n"
           << "            wanted=(-f -W '" << commands.substr(1) << "')\n"
           << R"(        fi
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen "${wanted[@]}" -- "$word")
}
complete -o filenames -F _cellos_run cellos-run
)";
}

void write_zsh(const CLI::App& app, std::ostream& script) {
    script << "#compdef cellos-run\n"
              "# Written by cellos-run itself: cellos-run completion zsh\n"
              "local -a commands=(\n";
    for (const CLI::App* command : visible_commands(app))
        script << "    '" << command->get_name() << ':' << quotable(command->get_description(), ":")
               << "'\n";
    script << ")\n_arguments";
    for (const CLI::Option* option : all_options(app)) {
        const std::string value =
            value_of(*option, {{":value:(", ")"}, ":value:_files -/", ":value:_files"});
        const std::string rest = (value.empty() ? "[" : "=[") +
                                 quotable(option->get_description(), "[]:") + ']' + value + '\'';
        const char* begin = option->get_items_expected_max() > 1 ? " \\\n    '*--" : " \\\n    '--";
        for (const auto& name : option->get_lnames()) script << begin << name << rest;
    }
    script << " \\\n    '1:document or command:{_describe command commands; _files}'"
              " \\\n    '*:document:_files'\n";
}

void write_fish(const CLI::App& app, std::ostream& script) {
    const auto description = [](const auto& described) {
        return " -d '" + quotable(described.get_description(), "\\") + "'\n";
    };
    script << "# fish completion of cellos-run, which has written it: cellos-run completion fish\n";
    for (const CLI::App* command : visible_commands(app))
        script << "complete -c cellos-run -n __fish_use_subcommand -a " << command->get_name()
               << description(*command);
    for (const CLI::Option* option : all_options(app)) {
        script << "complete -c cellos-run";
        for (const auto& name : option->get_snames()) script << " -s " << name;
        for (const auto& name : option->get_lnames()) script << " -l " << name;
        script << value_of(
                      *option,
                      {{" -x -a '", "'"}, " -x -a '(__fish_complete_directories)'", " -r -F"}
                  )
               << description(*option);
    }
}

} // namespace

void write_completion(const CLI::App& app, std::string_view shell, std::ostream& script) {
    if (shell == "bash") write_bash(app, script);
    if (shell == "zsh") write_zsh(app, script);
    if (shell == "fish") write_fish(app, script);
}

} // namespace cellos_run
