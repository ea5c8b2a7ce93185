#include "options.hpp"

#include "completion.hpp"
#include "exit_code.hpp"
#include "man.hpp"
#include "read_text.hpp"
#include "texts.hpp"

#include <cellos/core/text_syntax.hpp>
#include <cellos/core/visible.hpp>

#include <CLI/CLI.hpp>

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace cellos_run {

namespace {

/// "HOST:CELL" or "HOST:CELL:rw".
cellos::HostMount parse_mount(std::string text) {
    cellos::HostMount mount;
    for (const auto& [suffix, writable] :
         {std::pair{std::string{":rw"}, true}, {std::string{":ro"}, false}}) {
        if (text.ends_with(suffix)) {
            mount.writable = writable;
            text.resize(text.size() - suffix.size());
            break;
        }
    }
    const auto colon = text.find(':');
    if (colon == 0 || colon == std::string::npos || colon + 1 == text.size()) {
        throw CLI::ValidationError("--mount", "'" + text + "' is not HOST:CELL or HOST:CELL:rw");
    }
    mount.host = std::filesystem::absolute(text.substr(0, colon));
    mount.cell = text.substr(colon + 1);
    if (!std::filesystem::exists(mount.host)) {
        throw CLI::ValidationError("--mount", mount.host.string() + " does not exist");
    }
    return mount;
}

/// The content of a FIFO or a shell's `<(…)`, which can only be read once.
std::string read_input(const std::filesystem::path& file) {
    constexpr std::size_t most = std::size_t{64} << 20;
    auto content = read_text(file.native(), most + 1);
    if (!content) throw CLI::ValidationError("--input", content.error().message);
    if (content->size() > most)
        throw CLI::ValidationError("--input", file.string() + " holds more than 64 MiB");
    return *std::move(content);
}

[[noreturn]] void refuse(const char* option, const std::string& text, const std::string& why) {
    throw CLI::ValidationError(option, '\'' + cellos::visible(text) + "' " + why);
}

/// The last name of a path that somebody has typed: `dir/`, `.` and `..` have one, too.
std::string name_of(const std::filesystem::path& path) {
    const auto name = path.filename();
    if (!name.empty() && name != "." && name != "..") return name.string();
    std::error_code error;
    return (std::filesystem::canonical(path, error) / "").parent_path().filename().string();
}

/// "PATH" or "PATH:NAME".
cellos::InputFile parse_input(const std::string& text) {
    using std::filesystem::file_type, std::filesystem::perms;
    constexpr const char* option = "--input";
    const auto colon = text.rfind(':');
    const std::filesystem::path path = text.substr(0, colon);
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    const auto type = status.type();
    if (error && type != file_type::not_found)
        refuse(option, path, "cannot be read: " + error.message());
    if (type != file_type::regular && type != file_type::directory && type != file_type::fifo)
        refuse(option, path, "is neither a file nor a directory");
    std::string name = colon == std::string::npos ? name_of(path) : text.substr(colon + 1);
    if (type == file_type::directory && name == ".") return cellos::InputTree{path, ""};
    if (!cellos::is_portable_path(name))
        refuse(
            option,
            text,
            "needs a name in /inputs, of letters, digits, '.', '_', '-' and '/': write " +
                cellos::visible(path.native()) + ":NAME"
        );
    if (type == file_type::directory) return cellos::InputTree{path, std::move(name)};
    if (type == file_type::fifo) return {.name = std::move(name), .source = read_input(path)};
    const bool executable = (status.permissions() & perms::owner_exec) != perms::none;
    return {.name = std::move(name), .source = path, .mode = executable ? 0555U : 0444U};
}

/// "NAME=PATH".
cellos::ExportArtifact parse_export(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) refuse("--export", text, "is not NAME=PATH");
    cellos::ExportArtifact artifact{
        .name = text.substr(0, equals), .path = text.substr(equals + 1)};
    if (!cellos::is_portable_name(artifact.name))
        refuse("--export", text, "needs a name of letters, digits, '.', '_' and '-'");
    if (!cellos::is_bounded_path(artifact.path))
        refuse("--export", text, "needs the absolute path of a file in the cell, without '..'");
    return artifact;
}

/// What is already known to fail when the command has ended should fail before it begins.
void check_export_directory(const std::filesystem::path& directory) {
    std::error_code error;
    const auto parent = (std::filesystem::absolute(directory) / "").parent_path().parent_path();
    if (directory.empty() || !std::filesystem::is_directory(parent, error))
        refuse("--export-to", directory, "is in no directory");
    if (std::filesystem::exists(directory, error) &&
        !std::filesystem::is_directory(directory, error))
        refuse("--export-to", directory, "is no directory");
}

std::string footer() {
    std::string text = "The exit code is that of the command, or\n";
    for (const auto& [code, meaning] : texts::exit_codes)
        text.append("  ").append(code).append(7 - code.size(), ' ').append(meaning) += '\n';
    return text.append("\nAn example:\n").append(texts::example);
}

constexpr const char* size_type = "SIZE";

constexpr const char* hidden = ""; // from --help: the packages' build calls these

} // namespace

std::variant<Options, int> parse_command_line(int argc, char** argv) {
    Options options;
    options.backend = "gvisor";
    std::string document;
    std::vector<std::string> mounts;
    std::vector<std::string> inputs;
    std::vector<std::string> exports;
    std::string verify;

    CLI::App app{
        "Runs the command of an execution cell document in a sandbox, and proves that nothing is "
        "left of it.\n"
        "The command's stdin, stdout and stderr are those of this program.",
        "cellos-run"};
    app.set_help_flag("-h,--help", "prints a summary of all this");
    app.set_version_flag("--version", "cellos-run " CELLOS_VERSION, "prints the version of cellos");
    app.require_subcommand(0, 1);
    app.add_option("DOCUMENT", document, "the document (JSON), or - for standard input");

    app.add_option(
           "--backend",
           options.backend,
           "gvisor: a gVisor sandbox; stub: no isolation at all, the command runs on this host"
    )
        ->envname("CELLOS_CELL_BACKEND")
        ->default_str("gvisor")
        ->type_name("gvisor|stub")
        ->group("Where it runs");
    app.add_option("--runsc", options.runsc, "gVisor's runsc; default: the one on PATH")
        ->type_name("PATH")
        ->group("Where it runs");
    app.add_option(
           "--platform",
           options.platform,
           "how gVisor gets hold of the command's system calls: one of systrap, ptrace and kvm; "
           "default: systrap where runsc knows it, else ptrace"
    )
        ->type_name("systrap|ptrace|kvm")
        ->group("Where it runs");

    app.add_option(
           "--rootfs",
           options.rootfs,
           "a directory with a whole root file system, such as an unpacked container image, which "
           "is never written to; default: this host's /usr, read-only, and no other file of it"
    )
        ->type_name("DIR")
        ->group("What the cell sees");
    app.add_option(
           "--mount",
           mounts,
           "shows a directory or file of the host in the cell, read-only unless :rw"
    )
        ->type_name("HOST:CELL[:rw]")
        ->allow_extra_args(false)
        ->group("What the cell sees");
    app.add_option(
           "--input",
           inputs,
           "puts a copy of a file, or of a directory with all that is in it, into the cell as "
           "/inputs/NAME; programs stay executable; with the name . a directory is /inputs itself"
    )
        ->type_name("PATH[:NAME]")
        ->allow_extra_args(false)
        ->group("What the cell sees");

    app.add_option(
           "--export",
           exports,
           "takes the file PATH of the cell out as NAME when the command has ended, as if the "
           "document asked for it"
    )
        ->type_name("NAME=PATH")
        ->allow_extra_args(false)
        ->group("What comes out");
    app.add_option(
           "--export-to",
           options.export_to,
           "where what --export and the document take out goes, as DIR/CELL-ID/NAME; default: the "
           "current directory, but a document takes files out only if this option is given"
    )
        ->type_name("DIR")
        ->group("What comes out");

    app.add_option(
           "--policy",
           options.policy,
           "a policy pack (JSON): documents that it does not allow are refused, and so are those "
           "that name another pack or version"
    )
        ->type_name("FILE")
        ->group("What documents may ask for");
    app.add_option(
           "--secret",
           options.secrets,
           "documents may name this variable of the environment as a secret; without this option "
           "and the next one they get none"
    )
        ->type_name("NAME")
        ->allow_extra_args(false)
        ->group("What documents may ask for");
    app.add_option(
           "--secret-prefix",
           options.secret_prefix,
           "the secret TOKEN of a document is the variable TOKEN with this before it"
    )
        ->type_name("PREFIX")
        ->group("What documents may ask for");
    const auto add_ceiling = [&app](
                                 const char* name,
                                 std::optional<std::int64_t>& ceiling,
                                 const char* type,
                                 const char* what
                             ) {
        auto* option = app.add_option(name, ceiling, what)
                           ->type_name(type)
                           ->group("What documents may ask for");
        // Without their own words, of which --help would be full.
        if (type == size_type)
            option->transform(CLI::Validator{CLI::AsSizeValue{false}}.description(""));
        option->check(CLI::Validator{CLI::PositiveNumber}.description(""));
    };
    cellos::Ceilings& most = options.ceilings;
    add_ceiling(
        "--max-memory",
        most.memory_max_bytes,
        size_type,
        "the most memory of a command: a document that asks for more is refused, one that says "
        "nothing gets this much, and so with those below; such as 512M"
    );
    add_ceiling("--max-processes", most.max_processes, "NUMBER", "the most processes of a cell");
    add_ceiling(
        "--max-open-files", most.max_open_files, "NUMBER", "the most open files of a process"
    );
    add_ceiling(
        "--max-scratch",
        most.scratch_bytes,
        size_type,
        "the most bytes of each writable file system of a cell"
    );
    add_ceiling(
        "--max-output",
        most.max_output_bytes,
        size_type,
        "the most bytes that a command may write to its streams"
    );
    add_ceiling("--max-ttl", most.ttl_seconds, "SECONDS", "the longest time to live of a cell");
    add_ceiling(
        "--max-cells",
        most.cells,
        "NUMBER",
        "the most cells at once, of all programs of this user that have this option"
    );

    app.add_flag("--watch", options.watch, "shows the phases on stderr as they happen")
        ->group("What is told");
    app.add_flag("--usage", options.usage, "says on stderr what the command took")
        ->group("What is told");
    app.add_option("--report", options.report, "writes the report as JSON")
        ->type_name("FILE")
        ->group("Reports and events");
    app.add_option("--trace", options.trace, "writes a trace for https://ui.perfetto.dev")
        ->type_name("FILE")
        ->group("Reports and events");
    auto* events = app.add_option(
                          "--events",
                          options.events,
                          "appends the cell's CloudEvents, one JSON object per line"
    )
                       ->type_name("FILE")
                       ->group("Reports and events");
    app.add_option(
           "--sign-key", options.sign_key, "signs and chains the events: an Ed25519 key in PEM"
    )
        ->type_name("FILE")
        ->needs(events)
        ->group("Reports and events");
    auto* verify_option =
        app.add_option(
               "--verify-events",
               verify,
               "runs nothing: checks that a file holds complete, legal histories of cells (exit "
               "code 0, or 1 if it doesn't)"
        )
            ->type_name("FILE")
            ->group("Reports and events");
    app.add_option(
           "--key",
           options.key,
           "with --verify-events: the public key that all events must be signed with"
    )
        ->type_name("FILE")
        ->needs(verify_option)
        ->group("Reports and events");

    bool recover = false;
    app.add_flag(
        "--recover", recover, "runs nothing: ends and removes cells of programs that were killed"
    );

    // Options of the program, such as --runsc, may also stand behind these.
    auto* validate =
        app.add_subcommand("validate", "runs nothing: checks documents")->fallthrough();
    validate->add_option("DOCUMENT", options.documents, "documents, or - for standard input")
        ->required();
    auto* schema = app.add_subcommand(
        "schema", "prints the JSON Schema of documents, for editors and other validators"
    );
    auto* doctor = app.add_subcommand("doctor", "shows what this host can do, and what to install")
                       ->fallthrough();
    doctor->add_flag(
        "--quick", options.quick, "boots no cell, and does not say whether cells can run"
    );

    auto* man = app.add_subcommand("man", "prints the manual page")->group(hidden);
    auto* completion =
        app.add_subcommand("completion", "prints a script for completion")->group(hidden);
    std::string shell;
    completion->add_option("SHELL", shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));

    app.footer(footer());
    try {
        app.parse(argc, argv);
        if (*man || *completion) {
            *man ? write_man(app, std::cout) : write_completion(app, shell, std::cout);
            return 0;
        }
        if (options.secret_prefix && options.secret_prefix->empty())
            throw CLI::ValidationError("--secret-prefix", "must not be empty");
        for (auto& mount : mounts) options.mounts.push_back(parse_mount(std::move(mount)));
        for (const auto& input : inputs) options.inputs.push_back(parse_input(input));
        for (const auto& text : exports) options.exports.push_back(parse_export(text));
        if (options.export_to) check_export_directory(*options.export_to);
        if (!options.exports.empty() && !options.export_to) options.export_to = ".";
        if (recover) {
            if (!document.empty()) throw CLI::ExcludesError("--recover", "DOCUMENT");
            options.task = Task::Recover;
        } else if (!verify.empty()) {
            options.task = Task::VerifyEvents;
            options.events = verify;
        } else if (*validate) {
            options.task = Task::Validate;
        } else if (*schema) {
            options.task = Task::Schema;
        } else if (*doctor) {
            options.task = Task::Doctor;
        } else if (document.empty()) {
            throw CLI::RequiredError("DOCUMENT");
        } else {
            options.documents = {document};
        }
    } catch (const CLI::ParseError& error) {
        // CLI11 prints the help and the mistakes alike; only the help is a success.
        return app.exit(error) == 0 ? 0 : exit_code::cellos_failed;
    }
    return options;
}

} // namespace cellos_run
