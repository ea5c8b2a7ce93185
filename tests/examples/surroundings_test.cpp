// What surrounds cellos-run: signals, streams that let it wait, files that others have a hand in.
#include "examples/documents.hpp"
#include "examples/program.hpp"
#include "support/catch.hpp"
#include "support/lines_of.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/os/descriptor.hpp>
#include <cellos/os/tool.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

using namespace cellos_test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using Json = nlohmann::json;

namespace {

std::filesystem::path fifo_in(const TemporaryDirectory& directory) {
    auto path = directory.path() / "fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    return path;
}

cellos::os::Descriptor write_end_of(const std::filesystem::path& fifo) {
    return cellos::os::open_at(AT_FDCWD, fifo.c_str(), O_WRONLY).value(); // waits for the reader
}

// A shell that replaces itself by cellos-run: `"$run"`, with the stub.
Program by_shell(const std::string& script, std::vector<std::string> parameters = {}) {
    Program program{
        .arguments = {"-c", "run='" CELLOS_RUN_PROGRAM "'; " + script, "sh"},
        .environment = {"PATH=/usr/bin:/bin", "CELLOS_CELL_BACKEND=stub"},
        .program = "/bin/bash"};
    program.arguments.insert(program.arguments.end(), parameters.begin(), parameters.end());
    return program;
}

// Nothing that a terminal would obey.
bool is_harmless(const std::string& text) {
    return std::ranges::all_of(text, [](char c) {
        return c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    });
}

} // namespace

TEST_CASE("A signal that was ignored or blocked from the beginning ends nothing") {
    const TemporaryDirectory directory;
    // In the broken case there is time to notice.
    const auto document = directory.write(
        "d.json",
        shell("kill -HUP $PPID; kill -INT $PPID; kill -QUIT $PPID; sleep 0.5; exit 7").dump()
    );
    CHECK(by_shell("trap '' HUP INT QUIT; exec \"$run\" \"$1\"", {document}).run().code == 7);
    const auto blocked =
        by_shell("exec env --block-signal=HUP,INT,QUIT \"$run\" \"$1\"", {document}).run();
    CHECK(blocked.code == 7);
}

TEST_CASE("Every signal that would end the program ends the cell first") {
    for (const int signal :
         {SIGHUP,
          SIGINT,
          SIGQUIT,
          SIGTERM,
          SIGABRT,
          SIGUSR1,
          SIGUSR2,
          SIGALRM,
          SIGPROF,
          SIGIO,
          SIGPWR,
          SIGXCPU,
          SIGPIPE,
          SIGRTMIN,
          SIGRTMAX}) {
        CAPTURE(signal);
        const TemporaryDirectory directory;
        const auto report = directory.path() / "report";
        const auto end =
            Program{
                .arguments = {"--backend", "stub", "--report", report, "-"},
                .input = shell("echo begun; exec sleep 60").dump(),
                .signal = signal}
                .run();
        CHECK(end.code == 130);
        REQUIRE(lines_of(report).size() == 1);
        CHECK(Json::parse(lines_of(report)[0]).at("exit").at("kind") == "cancelled");
    }
}

TEST_CASE("A second SIGINT ends the grace of the command, what timeout(1) sends twice does not") {
    struct Row {
        int first;
        std::string second; // sent by the command, once it is asked to end
        std::string output;
    };
    const std::vector<Row> rows{
        {SIGINT, "INT", "begun\n"},
        {SIGTERM, "INT", "begun\n"},
        {SIGINT, "QUIT", "begun\n"},
        {SIGTERM, "TERM", "begun\nenough\n"}};
    for (const auto& [first, second, output] : rows) {
        CAPTURE(first, second);
        auto document = shell(
            "trap 'kill -" + second + " $PPID; i=0; while [ $i -lt 20 ]; do i=$((i + 1)); " +
            "sleep 0.1; done; echo enough; exit' TERM; echo begun; sleep 60 & wait"
        );
        document["spec"]["run"]["limits"]["gracefulShutdownSeconds"] = 50;
        const auto end =
            Program{
                .arguments = {"--backend", "stub", "-"}, .input = document.dump(), .signal = first}
                .run();
        CHECK(end.code == 130);
        CHECK(end.output == output);
    }
}

TEST_CASE("What the parent ignores, masks and limits keeps no cell from running") {
    const TemporaryDirectory directory;
    const auto input = directory.write("in.txt", "text\n");
    const auto document =
        directory.write("d.json", shell("umask; cat /inputs/in.txt; exit 7").dump());
    std::string options;
    if (const char* runsc = std::getenv("CELLOS_TEST_RUNSC"))
        options = "--runsc " + std::string{runsc};
    for (const std::string before : {"umask 077", "umask 777", "ulimit -Sf 100"}) {
        CAPTURE(before);
        auto program = by_shell(
            before + "; exec env --ignore-signal=CHLD,XFSZ \"$run\" --backend gvisor " + options +
                " --input \"$1\" \"$2\"",
            {input, document}
        );
        const auto end = program.run();
        CHECK(end.code == 7);
        CHECK(end.output == "0022\ntext\n");
        CHECK(end.errors.empty());
    }
}

TEST_CASE("After SIGQUIT nothing is left of a sandbox") {
    std::vector<std::string> arguments{"-"};
    if (const char* runsc = std::getenv("CELLOS_TEST_RUNSC"))
        arguments.insert(arguments.begin(), {"--runsc", runsc});
    const auto end =
        Program{
            .arguments = arguments,
            .input = shell("echo begun; exec sleep 60").dump(),
            .signal = SIGQUIT}
            .run();
    CHECK(end.code == 130);
    CHECK_THAT(cellos_run({"--recover"}).output, StartsWith("cells of dead programs removed: 0;"));
}

TEST_CASE("Who does not read what is watched ends no cell") {
    // The write is the program's own, and its signal its alone.
    const auto end = by_shell(
                         "\"$run\" --watch - 2> >(exec true) <<< \"$1\"; exit $?",
                         {shell("sleep 0.3; exit 7").dump()}
    )
                         .run();
    CHECK(end.code == 7);
}

TEST_CASE("A signal ends the program while it waits for its document") {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        CAPTURE(signal);
        const TemporaryDirectory directory;
        const auto fifo = fifo_in(directory);
        cellos::os::Descriptor writer;
        const auto end = Program{
            .arguments = {"--backend", "stub", fifo}, .signal = signal, .until = [&] {
                writer = write_end_of(fifo);
            }}.run();
        CHECK(end.code == 128 + signal);
        CHECK(end.output.empty());
    }
}

TEST_CASE("A signal ends the program while it waits for the reader of its events") {
    const TemporaryDirectory directory;
    const auto fifo = fifo_in(directory);
    const auto events = directory.path() / "events";
    REQUIRE(::mkfifo(events.c_str(), 0600) == 0);
    const auto end = Program{
        .arguments = {"--backend", "stub", "--events", events, fifo},
        .signal = SIGTERM,
        .until = [&] {
            const auto writer = write_end_of(fifo);
            REQUIRE(cellos::os::write_all(writer.get(), shell("echo ran").dump()));
        }}.run();
    CHECK(end.code == 128 + SIGTERM);
    CHECK(end.output.empty());
}

TEST_CASE("Events go to a FIFO, whole, and who reads them ends with the cell") {
    const TemporaryDirectory directory;
    const auto fifo = fifo_in(directory);
    const auto end =
        by_shell(
            "cat \"$1\" > \"$2\" & \"$run\" --events \"$1\" - <<< \"$3\"; code=$?; wait; "
            "\"$run\" --verify-events \"$2\"; exit $code",
            {fifo, directory.path() / "events.jsonl", shell("exit 7").dump()}
        )
            .run();
    CHECK(end.code == 7);
    CHECK_THAT(end.output, EndsWith("5 events of 1 cell, 0 signed: complete and legal\n"));
}

TEST_CASE("Documents, keys and input files come out of process substitutions, in their own time") {
    const TemporaryDirectory directory;
    const auto document = directory.write("d.json", shell("exit 7").dump());
    CHECK(by_shell("exec \"$run\" <(sleep 0.2; cat \"$1\")", {document}).run().code == 7);
    const auto valid =
        by_shell("exec \"$run\" validate <(sleep 0.2; cat \"$1\")", {document}).run();
    CHECK(valid.code == 0);
    CHECK_THAT(valid.output, EndsWith(": valid\n"));
    // Somebody who shares stdin has made it so that reads don't wait.
    auto from_stdin = by_shell(
        "(sleep 0.2; cat \"$1\") | (python3 -c 'import os; os.set_blocking(0, False)'; exec "
        "\"$run\" -)",
        {document}
    );
    CHECK(from_stdin.run().code == 7);

    const auto input = by_shell(
        "exec \"$run\" --backend gvisor ${2:+--runsc \"$2\"} --input <(sleep 0.2; echo from "
        "afar):data "
        "<(echo \"$1\")",
        {run_of({"cat", "/inputs/data"}).dump(),
         std::getenv("CELLOS_TEST_RUNSC") != nullptr ? std::getenv("CELLOS_TEST_RUNSC") : ""}
    );
    CHECK(input.run().output == "from afar\n");

    const auto secret = directory.path() / "secret.pem";
    const auto key = by_shell(
        "openssl genpkey -algorithm ed25519 -out \"$2\" && chmod 600 \"$2\" && \"$run\" --events "
        "\"$3\" --sign-key \"$2\" \"$1\"; exec \"$run\" --verify-events <(sleep 0.2; cat \"$3\") "
        "--key <(sleep 0.2; openssl pkey -in \"$2\" -pubout)",
        {document, secret, directory.path() / "events.jsonl"}
    );
    if (!cellos::os::find_program("openssl", "/usr/bin:/bin")) CELLOS_SKIP("needs openssl");
    CHECK(key.run().code == 0);
}

TEST_CASE("A lock that somebody holds on the file of events costs none of them") {
    const TemporaryDirectory directory;
    const auto path = directory.write("events.jsonl", "");
    const auto stranger = cellos::os::open_at(AT_FDCWD, path.c_str(), O_RDONLY);
    REQUIRE(stranger);
    REQUIRE(::flock(stranger->get(), LOCK_EX) == 0);
    const auto end =
        cellos_run({"--backend", "stub", "--events", path, "-"}, shell("exit 0").dump());
    CHECK(end.code == 0);
    const auto verified = cellos_run({"--verify-events", path});
    CHECK(verified.code == 0);
    CHECK_THAT(verified.output, ContainsSubstring("5 events of 1 cell"));
}

TEST_CASE("Events and reports that are lost show in the exit code, but not in place of another") {
    const auto run = [](const char* option, const char* script) {
        return cellos_run({"--backend", "stub", option, "/dev/full", "-"}, shell(script).dump());
    };
    const auto lost = run("--events", "exit 0");
    CHECK(lost.code == 125);
    const std::string warning =
        "cellos-run: WARNING: /dev/full is no evidence of this run: it lacks 5 events\n";
    CHECK_THAT(lost.errors, EndsWith(warning));
    const auto failed = run("--events", "exit 7");
    CHECK(failed.code == 7);
    CHECK_THAT(failed.errors, EndsWith(warning));
    CHECK(run("--report", "exit 0").code == 125);
    CHECK(run("--report", "exit 7").code == 7);
}

TEST_CASE("A secret that is too short for events is refused where there are any") {
    const TemporaryDirectory directory;
    auto document = shell("exit $PIN");
    document["spec"]["authority"]["secretRefs"] = {"PIN"};
    Program program{
        .arguments = {"--backend", "stub", "--secret", "PIN", "-"},
        .input = document.dump(),
        .environment = {"PATH=/usr/bin:/bin", "PIN=42"}};
    CHECK(program.run().code == 42);
    program.arguments = {
        "--backend", "stub", "--secret", "PIN", "--events", directory.path() / "events.jsonl", "-"};
    const auto end = program.run();
    CHECK(end.code == 125);
    CHECK_THAT(end.errors, ContainsSubstring("the value of PIN has fewer than 6 bytes"));
    CHECK(cellos_run({"--verify-events", directory.path() / "events.jsonl"}).code == 0);
}

TEST_CASE("What a document or a file says does nothing to the terminal, and is no line of ours") {
    const TemporaryDirectory directory;
    const std::string evil = "\x1b]0;owned\a\ncellos-run: all is well\r\xC2\x9B"
                             "2J";
    const std::string shown = "\\x1b]0;owned\\x07\\x0acellos-run: all is well\\x0d\\xc2\\x9b2J";
    const auto lines = [](const std::string& text) {
        return std::count(text.begin(), text.end(), '\n');
    };
    // In gVisor the path goes to the agent; there and on the host it comes back in an error.
    for (const char* backend : {"gvisor", "stub"}) {
        CAPTURE(backend);
        for (const std::string& program : {evil, "/no/such/" + evil}) {
            const auto end = cellos_run({"--backend", backend, "-"}, run_of({program}).dump());
            CHECK(end.code == 127);
            CHECK_THAT(end.errors, ContainsSubstring(shown));
            CHECK(is_harmless(end.errors));
            CHECK(end.errors.find("\xC2\x9B") == std::string::npos);
            CHECK(lines(end.errors) == (std::string{backend} == "stub" ? 2 : 1));
        }
    }
    auto elsewhere = shell("exit 0");
    elsewhere["spec"]["run"]["workingDirectory"] = "/usr/" + evil;
    const auto lost = cellos_run({"-"}, elsewhere.dump());
    CHECK(lost.code == 125);
    CHECK(is_harmless(lost.errors));
    CHECK(lines(lost.errors) == 1);

    const auto missing = cellos_run({"validate", "/no/such/" + evil});
    CHECK(is_harmless(missing.errors));
    CHECK(lines(missing.errors) == 1);

    // A file of events is somebody's, too.
    const auto events = directory.path() / "events.jsonl";
    CHECK(
        cellos_run({"--backend", "stub", "--events", events, "-"}, shell("exit 0").dump()).code == 0
    );
    auto changed = lines_of(events);
    for (std::string& line : changed) {
        Json event = Json::parse(line);
        event["subject"] = "urn:" + evil;
        line = event.dump();
    }
    {
        std::ofstream file{events};
        for (const std::string& line : changed) file << line << '\n';
    }
    const auto verified = cellos_run({"--verify-events", events});
    CHECK(verified.code == 1);
    CHECK(is_harmless(verified.errors));
    CHECK_THAT(verified.errors, ContainsSubstring(shown));
    CHECK(verified.errors.find("\ncellos-run: all is well") == std::string::npos);

    // And so is the program that calls itself runsc.
    const auto runsc = directory.write(
        "runsc",
        "#!/bin/sh\nprintf 'runsc \\033]0;owned\\007 -platform: which: \\033[2Jptrace'\n",
        std::filesystem::perms{0755}
    );
    CHECK(is_harmless(cellos_run({"doctor", "--runsc", runsc}).output));
}

TEST_CASE("Option --verify-events finds a life whose checksums were taken away") {
    const TemporaryDirectory directory;
    const auto events = directory.path() / "events.jsonl";
    CHECK(
        cellos_run({"--backend", "stub", "--events", events, "-"}, shell("exit 3").dump()).code == 3
    );
    auto changed = lines_of(events);
    REQUIRE(changed.size() == 5);
    std::ofstream file{events};
    for (std::string& line : changed) {
        auto event = nlohmann::ordered_json::parse(line);
        event.erase("checksum");
        auto& data = event["data"];
        if (data.contains("exitCode")) data["exitCode"] = 0;
        if (data.contains("outcome")) data["outcome"] = "succeeded";
        file << event.dump() << '\n' << std::flush;
    }
    const auto verified = cellos_run({"--verify-events", events});
    CHECK(verified.code == 1);
    CHECK_THAT(
        verified.errors, ContainsSubstring(":1: urn:cellos:cell:test: has neither a checksum")
    );
    CHECK(std::count(verified.errors.begin(), verified.errors.end(), '\n') == 5);
}

TEST_CASE("What was written for the largest document is read by --verify-events") {
    const TemporaryDirectory directory;
    auto document = shell("exit 0");
    auto& label = document["spec"]["correlation"]["labels"]["x"];
    label = "";
    label = std::string((1 << 20) - document.dump().size(), 'x');
    REQUIRE(document.dump().size() == 1 << 20);
    const auto path = directory.write("d.json", document.dump());
    const auto events = directory.path() / "events.jsonl";
    CHECK(cellos_run({"--backend", "stub", "--events", events, path}).code == 0);
    const auto verified = cellos_run({"--verify-events", events});
    CHECK(verified.code == 0);
    CHECK(verified.errors.empty());
}
