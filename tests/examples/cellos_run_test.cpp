// The program with real sandboxes, and with what people get wrong.
#include "examples/documents.hpp"
#include "examples/program.hpp"
#include "support/catch.hpp"
#include "support/forked_program.hpp"
#include "support/other_user.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/os/descriptor.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <linux/capability.h>
#include <sys/prctl.h>

using namespace cellos_test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using Json = nlohmann::json;

namespace {

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

// Each line as people see it, told apart from those of the command.
bool all_lines_are_the_programs(const std::string& errors) {
    std::istringstream lines{errors};
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with("cellos-run: ")) return false;
    return errors.empty() || errors.ends_with('\n');
}

} // namespace

TEST_CASE("Every end of a command has its documented exit code") {
    struct Row {
        std::string name;
        Json document;
        int code;
        std::string said; // on stderr
    };
    auto time_out = shell("sleep 60");
    time_out["spec"]["run"]["timeoutMs"] = 500;
    auto ttl = shell("sleep 60");
    ttl["spec"]["lifetime"]["ttlSeconds"] = 1;
    auto memory = run_of({"tail", "/dev/zero"});
    memory["spec"]["run"]["limits"]["memoryMaxBytes"] = 64 << 20;
    auto nothing = shell("");
    nothing["spec"].erase("run");
    const std::vector<Row> rows{
        {"exit 0", shell("exit 0"), 0, ""},
        {"nothing to run", nothing, 0, ""},
        {"exit 7", shell("exit 7"), 7, ""},
        {"exit 128", shell("exit 128"), 128, ""},
        {"exit 255", shell("exit 255"), 255, ""},
        {"SIGTERM", shell("kill -TERM $$"), 143, ""},
        {"SIGSEGV", shell("kill -SEGV $$"), 139, ""},
        {"time-out", time_out, 124, "cellos-run: the command was ended: timedOut\n"},
        {"time to live", ttl, 124, "cellos-run: the command was ended: timedOut\n"},
        {"not found", run_of({"no-such-program"}), 127, "no-such-program"},
        {"no such path", run_of({"/no/such/program"}), 127, "/no/such/program"},
        {"not executable", run_of({"/etc/passwd"}), 126, "/etc/passwd"},
        {"a directory", run_of({"/usr"}), 126, "/usr"},
        {"out of memory", memory, 137, "outOfMemory"},
    };
    for (const Row& row : rows) {
        INFO(row.name);
        const auto end = cellos_run({"-"}, row.document.dump());
        CAPTURE(end.errors);
        CHECK(end.code == row.code);
        CHECK(end.output.empty());
        CHECK_THAT(end.errors, ContainsSubstring(row.said));
        if (row.said.empty()) CHECK(end.errors.empty());
        // Where the command could not be started, runsc has written to its stderr before.
        if (row.code == 126 || row.code == 127) {
            CHECK_THAT(end.errors, EndsWith(": " + row.said + '\n'));
        } else {
            CHECK(all_lines_are_the_programs(end.errors));
        }
    }
}

TEST_CASE("What a command took is one line like that of time(1), and --report has all of it") {
    const TemporaryDirectory directory;
    const auto report = directory.path() / "report.json";
    const auto events = directory.path() / "events.jsonl";
    const auto call = [&](const Json& document) {
        return cellos_run(
            {"--backend", "stub", "--usage", "--report", report, "--events", events, "-"},
            document.dump()
        );
    };
    const auto end =
        call(run_of({"/usr/bin/python3", "-I", "-S", "-c", "b'x' * (100 << 20); sum(range(10**7))"})
        );
    CHECK(end.code == 0);
    CHECK(end.output.empty());
    const std::regex line{
        "cellos-run: the stub .*\ncellos-run: "
        "\\d+\\.\\d\\ds user \\d+\\.\\d\\ds system \\d+\\.\\d\\ds wall 1\\d\\d\\.\\d MiB peak\n"};
    CAPTURE(end.errors);
    CHECK(std::regex_match(end.errors, line));
    const auto usage = nlohmann::ordered_json::parse(text_of(report))["usage"];
    CHECK(usage["wallNs"] > 0);
    CHECK(usage["userTimeNs"] > 0);
    CHECK(usage["peakMemoryBytes"] > 100 << 20);
    CHECK_THAT(text_of(events), ContainsSubstring("\"usage\":" + usage.dump()));

    // Nothing ran, so nothing is known.
    auto nothing = shell("");
    nothing["spec"].erase("run");
    CHECK_THAT(call(nothing).errors, EndsWith("\ncellos-run: - user - system - wall - peak\n"));
}

TEST_CASE("The processor time and the output of a command have limits, and exit codes") {
    auto busy = shell("while :; do :; done");
    busy["spec"]["run"]["limits"]["cpuTimeMs"] = 200;
    const auto used_up = cellos_run({"--backend", "stub", "-"}, busy.dump());
    CHECK(used_up.code == 152);
    CHECK_THAT(used_up.errors, EndsWith("cellos-run: the command was ended: cpuTimeExceeded\n"));

    auto chatty = run_of({"yes"});
    chatty["spec"]["run"]["limits"]["maxOutputBytes"] = 4;
    const auto cut = cellos_run({"--backend", "stub", "-"}, chatty.dump());
    CHECK(cut.code == 153);
    CHECK(cut.output == "y\ny\n");
    CHECK_THAT(cut.errors, EndsWith("cellos-run: the command was ended: outputLimitExceeded\n"));
}

TEST_CASE("SIGINT, SIGTERM and SIGHUP end the cell and then the program, with 130") {
    const TemporaryDirectory directory;
    const auto document = directory.write("d.json", shell("echo ready; sleep 60").dump());
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        Program program{.arguments = {document.native()}, .signal = signal};
        if (const char* runsc = std::getenv("CELLOS_TEST_RUNSC"))
            program.arguments.insert(program.arguments.end(), {"--runsc", runsc});
        const auto end = program.run();
        CHECK(end.code == 130);
        CHECK(end.output == "ready\n");
        CHECK(end.errors == "cellos-run: the command was ended: cancelled\n");
    }
}

TEST_CASE("A bad document: a line per violation with its path, 125, and nothing ran") {
    const TemporaryDirectory directory;
    const auto marker = directory.path() / "ran";
    auto good = run_of({"touch", marker.native()});
    good["spec"]["environment"]["variables"]["TOKEN"] = "variable-value";
    const std::string text = good.dump();
    const auto changed = [&](const std::string& from, const std::string& to) {
        auto copy = text;
        return copy.replace(copy.find(from), from.size(), to);
    };
    std::string deep = "0";
    for (int i = 0; i < 40; ++i) deep = "[" + deep + "]";
    auto several = good;
    several["spec"]["id"] = "";
    several["spec"]["run"]["argvv"] = 1;
    several["spec"]["lifetime"]["ttlSeconds"] = 0;
    struct Row {
        std::string name, document;
        std::vector<std::string> lines;
    };
    const std::vector<Row> rows{
        {"empty", "", {"the document is empty"}},
        {"malformed", text.substr(0, text.size() - 3), {"line 1, column"}},
        {"oversized", text + std::string(1 << 20, ' '), {"must not be larger than 1048576 bytes"}},
        {"deep", changed("\"authority\":{}", "\"authority\":" + deep), {"nested deeper than 32"}},
        {"duplicate key", changed("\"id\":", "\"id\":\"a\",\"id\":"), {"spec.id: duplicate key"}},
        {"unknown field", changed("\"argv\"", "\"argvv\""), {"spec.run.argvv: unknown field"}},
        {"a wrong type",
         changed("[\"touch\"", "[7,\"touch\""),
         {"spec.run.argv[0]: must be a string"}},
        {"a bad name",
         changed("\"TOKEN\"", "\"TO=KEN\""),
         {"spec.environment.variables[\"TO=KEN\"]"}},
        {"several",
         several.dump(),
         {"spec.id must be non-empty",
          "spec.run.argvv: unknown field",
          "spec.lifetime.ttlSeconds"}},
    };
    for (const Row& row : rows) {
        INFO(row.name);
        for (const char* backend : {"gvisor", "stub"}) {
            const auto end = cellos_run({"--backend", backend, "-"}, row.document);
            CAPTURE(end.errors);
            CHECK(end.code == 125);
            CHECK(end.output.empty());
            for (const auto& line : row.lines) CHECK_THAT(end.errors, ContainsSubstring(line));
            CHECK(
                std::count(end.errors.begin(), end.errors.end(), '\n') >=
                static_cast<std::ptrdiff_t>(row.lines.size())
            );
            CHECK(all_lines_are_the_programs(end.errors));
            CHECK(end.errors.find("variable-value") == std::string::npos);
        }
    }
    CHECK_FALSE(std::filesystem::exists(marker));
    CHECK(cellos_run({"--backend", "stub", "-"}, text).code == 0);
    CHECK(std::filesystem::exists(marker));
}

TEST_CASE("No message holds a value from the environment of the cell, whatever fails") {
    auto document = run_of({"no-such-program"});
    document["spec"]["environment"]["variables"]["TOKEN"] = "variable-value";
    const TemporaryDirectory directory;
    const auto events = (directory.path() / "events").native();
    const auto report = (directory.path() / "report").native();
    const std::vector<std::vector<std::string>> ways{
        {}, {"--platform", "nope"}, {"--rootfs", "/no/such/rootfs"}, {"--backend", "stub"}};
    for (auto way : ways) {
        way.insert(way.end(), {"--events", events, "--report", report, "-"});
        const auto end = cellos_run(way, document.dump());
        CHECK(end.code >= 125);
        CHECK_FALSE(end.errors.empty());
        CHECK(
            (end.output + end.errors + text_of(events) + text_of(report)).find("variable-value") ==
            std::string::npos
        );
    }
}

TEST_CASE("A runsc that is missing: the message names the package") {
    const auto document = shell("true").dump();
    for (const Program& program :
         {Program{{"--runsc", "/no/such/runsc", "-"}, document},
          Program{{"-"}, document, {"PATH=/no/such/directory"}}}) {
        const auto end = program.run();
        CHECK(end.code == 125);
        CHECK_THAT(end.errors, ContainsSubstring("the package `runsc`"));
    }
}

TEST_CASE("A rootfs, a platform or a backend that is none is an error before anything starts") {
    const auto document = shell("echo ran").dump();
    const auto refused = [&](std::vector<std::string> options) {
        options.emplace_back("-");
        const auto end = cellos_run(options, document);
        CHECK(end.code == 125);
        CHECK(end.output.empty());
        return end.errors;
    };
    CHECK_THAT(refused({"--rootfs", "/no/such/rootfs"}), ContainsSubstring("/no/such/rootfs"));
    CHECK_THAT(refused({"--platform", "nope"}), ContainsSubstring("'nope'; it knows:"));
    const auto unknown = refused({"--backend", "docker"});
    CHECK_THAT(unknown, ContainsSubstring("gvisor"));
    CHECK_THAT(unknown, ContainsSubstring("stub"));
    CHECK_THAT(refused({"--mount", "/no/such/dir:/x"}), ContainsSubstring("/no/such/dir"));
    CHECK_THAT(refused({"--input", "/no/such/file"}), ContainsSubstring("/no/such/file"));
    CHECK_THAT(
        refused({"--input", "/etc/passwd:a b"}),
        ContainsSubstring("--input: '/etc/passwd:a b' needs a name in /inputs")
    );
    CHECK_THAT(
        refused({"--input", "/dev/null"}),
        ContainsSubstring("--input: '/dev/null' is neither a file nor a directory")
    );
    CHECK_THAT(
        refused({"--export", "/out/x"}), ContainsSubstring("--export: '/out/x' is not NAME=PATH")
    );
    CHECK_THAT(refused({"--export", "a/b=/x"}), ContainsSubstring("'a/b=/x' needs a name"));
    CHECK_THAT(
        refused({"--export", "a=b"}), ContainsSubstring("'a=b' needs the absolute path of a file")
    );
    CHECK_THAT(
        refused({"--export-to", "/no/such/dir"}), ContainsSubstring("'/no/such/dir' is in no dir")
    );
    CHECK_THAT(
        refused({"--export-to", "/etc/passwd"}), ContainsSubstring("'/etc/passwd' is no directory")
    );
    CHECK_THAT(
        refused({"--export", "a=/out/x", "--backend", "stub"}),
        ContainsSubstring("spec.export is not supported by this backend (stub)")
    );
    CHECK_THAT(refused({"--no-such-option"}), ContainsSubstring("--no-such-option"));
    CHECK_THAT(refused({"--events", "/no/such/dir/e"}), ContainsSubstring("/no/such/dir/e"));
    CHECK_THAT(refused({"--trace", "/no/such/dir/t"}), ContainsSubstring("/no/such/dir/t"));
    CHECK_THAT(refused({"--sign-key", "/dev/null"}), ContainsSubstring("--events"));
    CHECK_THAT(
        refused({"--events", "/dev/null", "--sign-key", "/no/such/key"}),
        ContainsSubstring("/no/such/key")
    );
    CHECK_THAT(cellos_run({}).errors, ContainsSubstring("DOCUMENT is required"));
    CHECK_THAT(cellos_run({"/no/such/document"}).errors, ContainsSubstring("/no/such/document"));
}

TEST_CASE("The stub says that it isolates nothing, and CELLOS_CELL_BACKEND chooses it") {
    const auto document = shell("uname -s; cat; exit 3").dump();
    const Program by_variable{
        .arguments = {"-"},
        .input = document,
        .environment = {"PATH=/usr/bin:/bin", "CELLOS_CELL_BACKEND=stub"}};
    for (const auto& end : {by_variable.run(), cellos_run({"--backend", "stub", "-"}, document)}) {
        CHECK(end.code == 3);
        CHECK(end.output == "Linux\n");
        CHECK_THAT(end.errors, ContainsSubstring("the stub backend isolates nothing"));
    }
    Program overruled = by_variable;
    overruled.environment[1] = "CELLOS_CELL_BACKEND=docker";
    CHECK(overruled.run().code == 125);
    overruled.arguments = {"--backend", "stub", "-"};
    CHECK(overruled.run().code == 3);
}

TEST_CASE("The command has the program's stdin, --mount shows and --input copies") {
    const TemporaryDirectory directory;
    const auto shared = directory.path() / "shared";
    std::filesystem::create_directory(shared);
    std::filesystem::permissions(directory.path(), std::filesystem::perms{0755});
    std::filesystem::permissions(shared, std::filesystem::perms{0777});
    directory.write("shared/there", "from the host\n");
    const auto input = directory.write("main.py", "print('from main.py')\n");
    const auto document = directory.write(
        "d.json",
        shell("cat /data/there; python3 /inputs/main.py; cat /inputs/other; cat; "
              "echo back > /data/new || exit 9")
            .dump()
    );
    const auto with_mount = [&](const std::string& suffix) {
        return cellos_run(
            {"--mount",
             shared.native() + ":/data" + suffix,
             "--input",
             input.native(),
             "--input",
             input.native() + ":other",
             document.native()},
            "from stdin\n"
        );
    };
    const auto read_only = with_mount("");
    CHECK(read_only.output == "from the host\nfrom main.py\nprint('from main.py')\nfrom stdin\n");
    CHECK(read_only.code == 9);
    CHECK(with_mount(":rw").code == 0);
    CHECK(text_of(shared / "new") == "back\n");
}

TEST_CASE("Option --input copies directories as well, by their own names or others") {
    const TemporaryDirectory directory;
    std::filesystem::create_directories(directory.path() / "project/src");
    directory.write("project/src/main.py", "print('main')\n");
    directory.write("project/tool", "#!/bin/sh\necho tool\n", std::filesystem::perms{0755});
    const auto project = (directory.path() / "project").native();
    const auto end = cellos_run(
        {"--input",
         project,
         "--input",
         project + "/:other/name",
         "--input",
         project + "/src/..:third",
         "--input",
         project + "/src/.",
         "--input",
         project + "/src:.",
         "-"},
        shell("cd /inputs && project/tool && other/name/tool && python3 third/src/main.py && "
              "python3 src/main.py && python3 main.py && ! touch other/new")
            .dump()
    );
    CHECK(end.output == "tool\ntool\nmain\nmain\nmain\n");
    CHECK(end.code == 0);

    std::filesystem::create_symlink("/etc/shadow", directory.path() / "project/src/link");
    const auto refused = cellos_run({"--input", project, "-"}, shell("echo ran").dump());
    CHECK(refused.code == 125);
    CHECK(refused.output.empty());
    CHECK_THAT(
        refused.errors,
        ContainsSubstring("cannot copy " + project + "/src/link: it is a symbolic link")
    );
}

TEST_CASE("Option --export takes files out of the cell, programs as programs") {
    const TemporaryDirectory directory;
    const auto results = directory.path() / "results";
    auto document =
        shell("printf '#!/bin/sh\\necho hello\\n' > /out/prog && chmod 700 /out/prog && "
              "echo text > /work/deep/text && echo document > /out/log");
    const auto run = [&](const Json& what, std::vector<std::string> options) {
        for (const char* more : {"--export", "text=/work/deep/text", "--export", "prog=/out/prog"})
            options.emplace_back(more);
        options.emplace_back("-");
        return cellos_run(std::move(options), what.dump());
    };

    SECTION("to a directory, those of the document beside them") {
        document["spec"]["export"]["artifacts"] = {{{"name", "log"}, {"path", "/out/log"}}};
        const auto end = run(document, {"--export-to", results.native()});
        CAPTURE(end.errors);
        CHECK(end.code == 0);
        CHECK(end.errors.empty());
        CHECK(text_of(results / "test/text") == "text\n");
        CHECK(text_of(results / "test/log") == "document\n");
        const Program program{.program = (results / "test/prog").native()};
        CHECK(program.run().output == "hello\n");
    }
    SECTION("a document's alone need a place that is said") {
        document["spec"]["export"]["artifacts"] = {{{"name", "log"}, {"path", "/out/log"}}};
        const auto end = cellos_run({"-"}, document.dump());
        CHECK(end.code == 125);
        CHECK_THAT(end.errors, ContainsSubstring("say where to, with --export-to"));
    }
    SECTION("what is not there is told by the path that the user wrote") {
        const auto end =
            run(shell("echo text > /work/deep/text"), {"--export-to", results.native()});
        CHECK(end.code == 125);
        CHECK_THAT(
            end.errors, ContainsSubstring(": /out/prog: cannot open it: No such file or directory")
        );
        CHECK(text_of(results / "test/text") == "text\n");
        CHECK_FALSE(std::filesystem::exists(results / "test/prog"));
    }
    SECTION("a name that the document has taken is refused") {
        document["spec"]["export"]["artifacts"] = {{{"name", "text"}, {"path", "/out/log"}}};
        const auto end = run(document, {"--export-to", results.native()});
        CHECK(end.code == 125);
        CHECK_THAT(end.errors, ContainsSubstring("spec.export.artifacts[1].name"));
        CHECK_FALSE(std::filesystem::exists(results));
    }
}

TEST_CASE("Option --help tells of every option, every exit code, and ends well") {
    const auto end = cellos_run({"--help"});
    CHECK(end.code == 0);
    CHECK(end.errors.empty());
    for (const char* word :
         {"--version",
          "--backend",
          "--runsc",
          "--platform",
          "--rootfs",
          "--mount",
          "--input",
          "--export ",
          "--export-to",
          "--policy",
          "--secret ",
          "--secret-prefix",
          "--max-memory",
          "--max-processes",
          "--max-open-files",
          "--max-scratch",
          "--max-output",
          "--max-ttl",
          "--max-cells",
          "--events",
          "--report",
          "--trace",
          "--watch",
          "--verify-events",
          "--sign-key",
          "--key",
          "validate",
          "schema",
          "doctor",
          "CELLOS_CELL_BACKEND",
          "124",
          "125",
          "126",
          "127",
          "128+N",
          "130",
          "137",
          "one of systrap, ptrace and kvm; default: systrap",
          "default: this host's /usr"})
        CHECK_THAT(end.output, ContainsSubstring(word));
}

TEST_CASE("Option --version tells the version of cellos") {
    const auto end = cellos_run({"--version"});
    CHECK(end.code == 0);
    CHECK(end.output == "cellos-run " CELLOS_VERSION "\n");
    CHECK(end.errors.empty());
}

TEST_CASE("The example documents are valid, and every one of them ends as it says") {
    std::vector<std::string> arguments{"validate"};
    for (const auto& entry : std::filesystem::directory_iterator{CELLOS_EXAMPLE_DOCUMENTS})
        arguments.push_back(entry.path().native());
    const auto checked = cellos_run(arguments);
    CHECK(checked.code == 0);
    CHECK(
        std::count(checked.output.begin(), checked.output.end(), '\n') ==
        static_cast<std::ptrdiff_t>(arguments.size() - 1)
    );
    const auto document = [](const char* name) {
        return (std::filesystem::path{CELLOS_EXAMPLE_DOCUMENTS} / name).native();
    };
    const auto hello = cellos_run({document("hello.json")});
    CHECK(hello.code == 0);
    CHECK_THAT(hello.output, StartsWith("Hello from hello\n"));
    CHECK_THAT(hello.output, ContainsSubstring("Linux version 4.4.0"));
    CHECK_THAT(cellos_run({document("python.json")}).output, StartsWith("Python 3"));
    CHECK(cellos_run({document("time-out.json")}).code == 124);
    const auto failing = cellos_run({document("failing-command.json")});
    CHECK(failing.code == 7);
    CHECK(failing.errors == "something is wrong\n");
    CHECK(cellos_run({document("only-lifecycle.json")}).code == 0);
}

TEST_CASE("validate names the document with each of its violations, and goes on") {
    const TemporaryDirectory directory;
    auto bad = shell("true");
    bad["spec"]["id"] = "";
    bad["more"] = 1;
    const auto end = cellos_run(
        {"validate", directory.write("bad.json", bad.dump()).native(), "/no/such/document", "-"},
        shell("true").dump()
    );
    CHECK(end.code == 125);
    CHECK(end.output == "-: valid\n");
    CHECK_THAT(end.errors, ContainsSubstring("bad.json: spec.id must be non-empty\n"));
    CHECK_THAT(end.errors, ContainsSubstring("bad.json: more: unknown field\n"));
    CHECK_THAT(end.errors, ContainsSubstring("cellos-run: /no/such/document: cannot open"));
}

TEST_CASE("schema prints a JSON Schema") {
    const auto end = cellos_run({"schema"});
    CHECK(end.code == 0);
    CHECK(Json::parse(end.output).at("properties").contains("spec"));
}

TEST_CASE("doctor boots a cell on each platform, and says what to install for what is missing") {
    const auto well = cellos_run({"doctor"});
    CHECK(well.code == 0);
    CHECK_THAT(well.output, StartsWith("  ok   cellos            " CELLOS_VERSION "\n"));
    CHECK_THAT(well.output, ContainsSubstring("ok   runsc "));
    CHECK_THAT(well.output, ContainsSubstring("platform ptrace   ran `true` in a cell in"));
    CHECK_THAT(well.output, ContainsSubstring("control groups"));
    CHECK_THAT(well.output, ContainsSubstring("state directory"));
    CHECK_THAT(well.output, ContainsSubstring("Cells can run here.\n"));
    CHECK_THAT(well.output, ContainsSubstring("ok   agent             "));
    CHECK_THAT(well.output, ContainsSubstring("ok   warm, ptrace      a sandbox is ready in "));
    CHECK_THAT(well.output, ContainsSubstring(" ms, and waits for 10 min at most, "));

    const auto ill = Program{{"doctor", "--runsc", "/no/such/runsc"}}.run();
    CHECK(ill.code == 1);
    CHECK_THAT(ill.output, ContainsSubstring("the package `runsc`"));
    CHECK_THAT(ill.output, ContainsSubstring("Cells cannot run here.\n"));
}

TEST_CASE("doctor names what this version of runsc does wrong, and where a newer one is") {
    const TemporaryDirectory directory;
    const auto doctor = [&](const std::string& version) {
        const auto runsc = directory.write(
            "runsc",
            "#!/bin/sh\ncase $* in flags) echo '-platform: which platform to use: ptrace.';;"
            " --version) echo runsc version " +
                version + ";; *) exit 1;; esac\n",
            std::filesystem::perms{0755}
        );
        return Program{{"doctor", "--quick", "--runsc", runsc.native()}}.run().output;
    };
    const auto old = doctor("release-20221219.0");
    CHECK_THAT(
        old,
        ContainsSubstring(
            "\n  --   known faults      `ls PATH` and `stat PATH` of coreutils fail; "
            "no end of file on a pty; its control socket is open to every local user\n"
        )
    );
    CHECK_THAT(old, ContainsSubstring("\n  --   newer runsc       20230920 or later: "));
    CHECK_THAT(old, ContainsSubstring("https://gvisor.dev/docs/user_guide/install/"));
    CHECK_THAT(old, ContainsSubstring("control socket    hidden from other users, in a private"));

    const auto current = doctor("release-20240729.0");
    CHECK_THAT(current, ContainsSubstring("\n  ok   known faults      none of this release\n"));
    CHECK_THAT(current, !ContainsSubstring("newer runsc"));
    CHECK_THAT(current, ContainsSubstring("\n  ok   control socket    a file in the cell's"));

    CHECK_THAT(
        doctor("unknown"), ContainsSubstring("--   known faults      its release cannot be")
    );
}

TEST_CASE("doctor does not promise what takes control groups or capabilities that are not there") {
    if (::geteuid() != 0) CELLOS_SKIP("only root can become somebody else");
    // Where everybody can start it.
    const TemporaryDirectory directory;
    std::filesystem::permissions(directory.path(), std::filesystem::perms{0755});
    const auto copy = directory.path() / "cellos-run";
    std::filesystem::copy_file(CELLOS_RUN_PROGRAM, copy);
    Program doctor{.arguments = {"doctor"}, .program = copy.native()};
    if (const char* runsc = std::getenv("CELLOS_TEST_RUNSC"))
        doctor.arguments = {"--runsc", runsc, "doctor"};
    // By a copy of this program, which gives something up first.
    const auto doctor_after = [&](const std::function<bool()>& give_up) {
        auto pipe = cellos::os::make_pipe().value();
        cellos_tests::ForkedProgram program{[&] {
            if (!give_up()) return 1;
            return cellos::os::write_all(pipe.write_end.get(), doctor.run().output) ? 0 : 1;
        }};
        pipe.write_end.reset();
        auto told = cellos::os::read_all(pipe.read_end.get()).value();
        CHECK(program.wait() == 0);
        return told;
    };
    SECTION("as somebody who is not root") {
        const auto told =
            doctor_after([] { return cellos_tests::become_user(cellos_tests::stranger); });
        std::error_code ignored; // what no user of this machine has, so that it is the test's
        std::filesystem::remove_all(
            "/dev/shm/cellos-" + std::to_string(cellos_tests::stranger), ignored
        );
        CHECK_THAT(told, ContainsSubstring("\n  --   user              not root: "));
        CHECK_THAT(told, ContainsSubstring("\n  --   control groups "));
        CHECK_THAT(
            told,
            ContainsSubstring("\n  --   limits            memoryMaxBytes, cpuMax or cpuTimeMs: "
                              "refused, since they take a control group")
        );
        CHECK_THAT(told, !ContainsSubstring("can be enforced"));
        CHECK_THAT(told, !ContainsSubstring("Cells can run here.\n"));
    }
    SECTION("as root without CAP_SYS_ADMIN") {
        const auto told =
            doctor_after([] { return ::prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0) == 0; });
        CHECK_THAT(
            told, ContainsSubstring("\n  --   user              root without CAP_SYS_ADMIN")
        );
        CHECK_THAT(told, EndsWith("Cells cannot run here.\n"));
    }
}

TEST_CASE("doctor comes to its end with a runsc that never does") {
    const TemporaryDirectory directory;
    const auto runsc = directory.write(
        "runsc",
        "#!/bin/sh\ncase $* in flags) echo '-platform: which platform to use: ptrace, systrap.';;"
        " --version) echo runsc version hanging;; *) exec sleep 60;; esac\n",
        std::filesystem::perms{0755}
    );
    const auto end = Program{{"doctor", "--runsc", runsc.native()}}.run();
    CHECK(end.code == 1);
    CHECK_THAT(end.output, ContainsSubstring("runsc version hanging"));
    CHECK_THAT(end.output, ContainsSubstring("--   platform ptrace   hangs: a cell had not run"));
    CHECK_THAT(end.output, ContainsSubstring("--   platform systrap  hangs: a cell had not run"));
    CHECK_THAT(end.output, ContainsSubstring("Cells cannot run here.\n"));
}

TEST_CASE("Option --recover removes what a killed cellos-run has left, and needs no document") {
    auto document = shell("echo started; exec sleep 60");
    document["spec"]["id"] = "killed-before";
    std::vector<std::string> arguments{"-"};
    if (const char* runsc = std::getenv("CELLOS_TEST_RUNSC"))
        arguments.insert(arguments.begin(), {"--runsc", runsc});
    const Program killed{.arguments = arguments, .input = document.dump(), .signal = SIGKILL};
    CHECK(killed.run().code == 137);

    const auto recovered = cellos_run({"--recover"});
    CHECK(recovered.code == 0);
    CHECK(recovered.errors.empty());
    CHECK_THAT(recovered.output, ContainsSubstring("removed killed-before\n"));
    CHECK_THAT(cellos_run({"--recover"}).output, StartsWith("cells of dead programs removed: 0;"));
    CHECK(cellos_run({"--recover", "document.json"}).code == 125);
}
