#include "man.hpp"

#include "texts.hpp"

#include <string>
#include <string_view>

namespace cellos_run {

namespace {

/// Text as roff wants it: its own characters escaped, no line taken for a request.
std::string roff(std::string_view text) {
    std::string escaped;
    bool line_begins = true;
    for (const char c : text) {
        if (line_begins && (c == '.' || c == '\'')) escaped += "\\&";
        line_begins = c == '\n';
        if (c == '\\') {
            escaped += "\\e";
        } else if (c == '-') {
            escaped +=
                "\\-"; // which can be copied and searched for; a bare one may become a hyphen
        } else {
            escaped += c;
        }
    }
    return escaped;
}

std::string bold(std::string_view text) {
    return "\\fB" + roff(text) + "\\fR";
}

std::string italic(std::string_view text) {
    return "\\fI" + roff(text) + "\\fR";
}

/// "-h, --help" or "--report FILE".
std::string heading(const CLI::Option& option) {
    std::string text;
    for (const auto& name : option.get_snames()) text += bold("-" + name) + ", ";
    for (const auto& name : option.get_lnames()) text += bold("--" + name) + ", ";
    text.resize(text.size() - 2);
    if (option.get_items_expected_max() > 0) text += ' ' + italic(option.get_type_name());
    return text;
}

void write_commands(const CLI::App& app, std::ostream& page) {
    page << ".SH COMMANDS\n";
    for (const CLI::App* command : visible_commands(app)) {
        page << ".TP\n" << bold(command->get_name());
        for (const CLI::Option* operand : operands(*command))
            page << ' ' << italic(operand->get_name(true)) << "...";
        page << '\n' << roff(command->get_description()) << ".\n";
    }
}

void write_options(const CLI::App& app, std::ostream& page) {
    page << ".SH OPTIONS\n";
    for (const std::string& group : app.get_groups()) {
        if (options_of(app, group).empty()) continue;
        page << ".SS " << roff(group) << '\n';
        for (const CLI::Option* option : options_of(app, group))
            page << ".TP\n" << heading(*option) << '\n' << roff(option->get_description()) << ".\n";
    }
}

void write_environment(const CLI::App& app, std::ostream& page) {
    page << ".SH ENVIRONMENT\n";
    for (const std::string& group : app.get_groups())
        for (const CLI::Option* option : options_of(app, group))
            if (!option->get_envname().empty())
                page << ".TP\n"
                     << bold(option->get_envname()) << "\nThe default of the option "
                     << bold(option->get_name()) << ".\n";
}

} // namespace

void write_man(const CLI::App& app, std::ostream& page) {
    const std::string name = app.get_name();
    page << ".TH CELLOS\\-RUN 1 \"\" cellos \"User Commands\"\n"
         << ".SH NAME\n"
         << roff(name) << " \\- " << roff(texts::summary) << '\n'
         << ".SH SYNOPSIS\n"
         << bold(name) << " [" << italic("OPTION") << "]... " << italic("DOCUMENT") << '|'
         << bold("-") << "\n.br\n"
         << bold(name) << " [" << italic("OPTION") << "]... " << italic("COMMAND") << '\n'
         << ".SH DESCRIPTION\n"
         << roff(app.get_description()) << '\n';
    for (const CLI::Option* operand : operands(app))
        page << ".TP\n"
             << italic(operand->get_name(true)) << '\n'
             << roff(operand->get_description()) << ".\n";
    write_commands(app, page);
    write_options(app, page);
    page << ".SH \"EXIT STATUS\"\nThat of the command, or\n";
    for (const auto& [code, meaning] : texts::exit_codes)
        page << ".TP\n" << bold(code) << '\n' << roff(meaning) << ".\n";
    write_environment(app, page);
    page << ".SH EXAMPLE\n.nf\n"
         << roff(texts::example) << "\n.fi\n"
         << ".SH \"SEE ALSO\"\n"
         << bold(name) << " schema, which describes documents; https://gvisor.dev\n";
}

} // namespace cellos_run
