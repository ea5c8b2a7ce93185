// Artifacts leave a cell through its volumes, whatever the workload has made of them.
#include "support/catch.hpp"
#include "support/gvisor_fixture.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/export/local.hpp>
#include <cellos/host/sandbox/digest.hpp>
#include <cellos/openssl/sha256.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <sys/stat.h>

using namespace cellos;
using namespace cellos_tests;
using Catch::Matchers::ContainsSubstring;
using Kind = CellosError::Kind;

namespace {

// A supervisor with a directory that takes exports.
struct Exporting {
    StateDirectory state;
    cellos_test::TemporaryDirectory root;
    MemoryEventSink sink;
    GVisorConfig config = state.config();

    Result<CellReport> run(const ExecutionCellDocument& document, RunOptions options = {}) {
        Supervisor supervisor{
            GVisorCellBackend{config},
            LocalExportSink{root.path(), openssl_sha256()},
            std::ref(sink)};
        return supervisor.run(document, std::move(options));
    }
    [[nodiscard]] std::string exported(const std::string& name) const {
        return file_text(root.path() / "test" / name);
    }
    // Everything below the root: no link is followed, nothing is forgotten.
    [[nodiscard]] std::set<std::string> files() const {
        std::set<std::string> found;
        for (const auto& entry : fs::recursive_directory_iterator{root.path()})
            found.insert(entry.path().lexically_relative(root.path()));
        return found;
    }
};

// Files, mounts and descriptors: processes of gVisor's platforms are nameless and control groups
// the machine's, so that other programs' cells would count as well.
Residue things_of(const fs::path& state) {
    Residue things = residue(state);
    things.processes.clear();
    things.control_groups.clear();
    return things;
}

ExecutionCellDocument exporting(std::string script, std::vector<ExportArtifact> artifacts) {
    auto document = shell_document(std::move(script));
    document.spec.export_.emplace().artifacts = std::move(artifacts);
    return document;
}

std::string errors(const CellReport& report) {
    std::string text;
    for (const CellosError& error : report.port_errors) text += error.what() + "\n";
    return text;
}

} // namespace

TEST_CASE("What the workload leaves at an artifact's path is copied out, with size and digest") {
    Exporting cell;
    const auto report = cell.run(exporting(
        "echo hello > /out/result.txt && mkdir -p /out/sub && echo deep > /out/sub/file &&"
        "echo here > note && echo temporary > /tmp/t && pwd",
        {{"result", "/out/result.txt"},
         {"deep", "/out/sub/file"},
         {"note", "/work/build/note"},
         {"t", "/tmp/t"}}
    ));
    // The working directory is `/`, where nobody can write: no artifact of this run is lost
    // quietly.
    REQUIRE(report);
    CHECK(report->outcome == Outcome::Failed);

    auto document = exporting(
        "echo hello > /out/result.txt && echo deep > /out/sub/file &&"
        "echo here > note && echo temporary > /tmp/t && pwd",
        {{"result", "/out/result.txt"},
         {"deep", "/out/sub/file"},
         {"note", "/work/build/note"},
         {"t", "/tmp/t"}}
    );
    document.spec.run->working_directory = "/work/build";
    const auto before = things_of(cell.state.path());
    const auto second = cell.run(document);
    REQUIRE(second);
    CAPTURE(errors(*second), second->stderr_text);
    CHECK(second->outcome == Outcome::Succeeded);
    CHECK(second->stdout_text == "/work/build\n");
    CHECK(cell.exported("result") == "hello\n");
    CHECK(cell.exported("deep") == "deep\n");
    CHECK(cell.exported("note") == "here\n");
    CHECK(cell.exported("t") == "temporary\n");
    CHECK(left_behind(before, things_of(cell.state.path())) == "");

    const auto events = cell.sink.events();
    const auto found = std::ranges::find_if(events, [](const CloudEvent& event) {
        const auto* data = std::get_if<ExportCompleted>(&event.data);
        return data != nullptr && data->name == "result" && data->size_bytes == 6;
    });
    REQUIRE(found != events.end());
    CHECK(
        std::get<ExportCompleted>(found->data).sha256 ==
        "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
    );
}

TEST_CASE("A volume may lie within the scratch file systems of a cell") {
    Exporting cell;
    auto document = exporting(
        "echo a > out/x && echo b > /tmp/out/x && echo c > beside && echo d > /tmp/beside",
        {{"a", "/work/out/x"}, {"b", "/tmp/out/x"}}
    );
    document.spec.run->working_directory = "/work";
    const auto report = cell.run(document);
    REQUIRE(report);
    CAPTURE(errors(*report), report->stderr_text);
    CHECK(report->outcome == Outcome::Succeeded);
    CHECK(cell.exported("a") == "a\n");
    CHECK(cell.exported("b") == "b\n");
}

TEST_CASE("Volumes do not hide what a rootfs holds, and need their place in it") {
    Exporting cell;
    const fs::path rootfs =
        cell.state.path().parent_path() / (cell.state.path().filename().native() + "-fs");
    for (const char* directory : {"proc", "sys", "dev", "tmp", "usr", "app", "out"})
        fs::create_directories(rootfs / directory);
    std::ofstream{rootfs / "app" / "program"} << "x";
    for (const char* link : {"bin", "lib", "lib64"})
        fs::create_directory_symlink(fs::path{"usr"} / link, rootfs / link);
    cell.config.rootfs = DirectoryRootfs{rootfs};
    cell.config.mounts = {{"/usr", "/usr"}};
    const auto message = [&](std::string path) {
        const auto report = cell.run(exporting("echo x > /out/x", {{"x", std::move(path)}}));
        return report ? errors(*report) : report.error().message;
    };
    CHECK_THAT(message("/app/x"), ContainsSubstring("would hide the files that the rootfs has"));
    CHECK_THAT(message("/else/x"), ContainsSubstring("has no directory /else"));
    CHECK(message("/out/x").empty());
    CHECK(cell.exported("x") == "x\n");
    CHECK(fs::is_empty(rootfs / "out"));
    fs::remove_all(rootfs);
}

TEST_CASE("A large artifact comes out byte for byte") {
    Exporting cell;
    const auto report = cell.run(exporting(
        "head -c 50000000 /dev/urandom > /out/big && sha256sum < /out/big", {{"big", "/out/big"}}
    ));
    REQUIRE(report);
    CAPTURE(errors(*report));
    REQUIRE(report->outcome == Outcome::Succeeded);
    CHECK(fs::file_size(cell.root.path() / "test" / "big") == 50000000);
    const auto digest = sandbox::digest_file(openssl_sha256(), cell.root.path() / "test" / "big");
    CHECK(report->stdout_text == digest.value() + "  -\n");
}

TEST_CASE("What a workload exports is bounded by its scratch size, all volumes together") {
    Exporting cell;
    auto document = exporting(
        "head -c 3000000 /dev/zero > /out/a && head -c 3000000 /dev/zero > /else/b; echo $?",
        {{"a", "/out/a"}, {"b", "/else/b"}}
    );
    document.spec.run->limits = Limits{.scratch_bytes = 4 << 20};
    const auto report = cell.run(document);
    REQUIRE(report);
    CHECK(report->stdout_text == "1\n");
    CHECK_THAT(report->stderr_text, ContainsSubstring("No space left on device"));
    CHECK(fs::file_size(cell.root.path() / "test" / "a") == 3000000);
}

TEST_CASE("Holes count: no more leaves a cell than its volumes could hold") {
    Exporting cell;
    auto document = exporting(
        "truncate -s 3M /out/a /out/b && echo c >/out/c",
        {{"a", "/out/a"}, {"b", "/out/b"}, {"c", "/out/c"}}
    );
    document.spec.run->limits = Limits{.scratch_bytes = 4 << 20};
    const auto report = cell.run(document);
    REQUIRE(report);
    CHECK(report->outcome == Outcome::Failed);
    CHECK(cell.files() == std::set<std::string>{"test", "test/a", "test/c"});
    CHECK_THAT(
        errors(*report),
        ContainsSubstring("/out/b: it and the artifacts before it have more than 4194304 bytes")
    );
}

TEST_CASE("As many artifacts as a document may name, each in a directory as deep as may be") {
    Exporting cell;
    std::vector<ExportArtifact> artifacts;
    std::string below;
    for (int i = 0; i < 62; ++i) below += "/d";
    for (int i = 0; i < 64; ++i) {
        const std::string name = "a" + std::to_string(i);
        artifacts.push_back({name, '/' + name + below + "/f"});
    }
    const auto report =
        cell.run(exporting("for a in /a*; do echo $a >$a" + below + "/f; done", artifacts));
    REQUIRE(report);
    CAPTURE(report->stderr_text, errors(*report));
    CHECK(report->outcome == Outcome::Succeeded);
    CHECK(cell.exported("a63") == "/a63\n");
}

TEST_CASE("Hostile artifacts: nothing is followed, nothing is waited for, the cell is destroyed") {
    Exporting cell;
    std::ofstream{cell.root.path() / "secret"} << "of the host";
    const auto before = things_of(cell.state.path());
    auto document = exporting(
        "cd /out; mkdir dir real; echo x > real/file; echo good > good;"
        "ln -s /etc/passwd link; ln -s good inner; ln -s real swapped;"
        "mkfifo pipe; echo y > one; ln one two; truncate -s 1T sparse;"
        "ln -s ../../../../../../../../etc/shadow up;"
        "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")';"
        "ln -s /proc/self/fd/0 magic; : > empty; true",
        {{"dir", "/out/dir"},
         {"link", "/out/link"},
         {"inner", "/out/inner"},
         {"swapped", "/out/swapped/file"},
         {"pipe", "/out/pipe"},
         {"one", "/out/one"},
         {"two", "/out/two"},
         {"sparse", "/out/sparse"},
         {"up", "/out/up"},
         {"sock", "/out/sock"},
         {"magic", "/out/magic"},
         {"missing", "/out/missing"},
         {"below-file", "/out/good/file"},
         {"good", "/out/good"},
         {"empty", "/out/empty"}}
    );
    // The parents of /out/swapped/file and /out/good/file are made for the cell: away with them.
    document.spec.run->argv.back().insert(0, "cd /; rmdir /out/swapped /out/good;");
    const auto report = cell.run(document);
    REQUIRE(report);
    CAPTURE(report->stderr_text, errors(*report));
    CHECK(report->exit == ExitStatus::exited(0));
    CHECK(report->outcome == Outcome::Failed);
    CHECK(report->teardown.destroyed);
    CHECK(left_behind(before, things_of(cell.state.path())) == "");
    CHECK(cell.files() == std::set<std::string>{"secret", "test", "test/empty", "test/good"});
    CHECK(cell.exported("good") == "good\n");
    CHECK(report->port_errors.size() == 13);
    const std::string text = errors(*report);
    for (const char* name :
         {"dir",
          "link",
          "inner",
          "swapped",
          "pipe",
          "one",
          "two",
          "sparse",
          "up",
          "sock",
          "magic",
          "missing",
          "below-file"}) {
        CAPTURE(name);
        CHECK_THAT(text, ContainsSubstring("(artifact " + std::string{name} + ")"));
    }
    CHECK_THAT(text, ContainsSubstring("/out/link: there is a symbolic link"));
    CHECK_THAT(text, ContainsSubstring("/out/dir: it is not a regular file"));
    CHECK_THAT(text, ContainsSubstring("/out/two: it has more than one name"));
    CHECK_THAT(text, ContainsSubstring("/out/sparse: it has more than 268435456 bytes"));
}

TEST_CASE("Artifacts are exported after a failure of the workload too, and after a time-out") {
    Exporting cell;
    SECTION("failure") {
        const auto report =
            cell.run(exporting("echo log > /out/log; exit 3", {{"log", "/out/log"}}));
        REQUIRE(report);
        CHECK(report->exit == ExitStatus::exited(3));
        CHECK(report->port_errors.empty());
        CHECK(cell.exported("log") == "log\n");
    }
    SECTION("time-out") {
        auto document = exporting("echo log > /out/log; exec sleep 60", {{"log", "/out/log"}});
        document.spec.run->timeout_ms = 2000;
        const auto report = cell.run(document);
        REQUIRE(report);
        CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
        CHECK(cell.exported("log") == "log\n");
    }
}

TEST_CASE("Exports from where the workload cannot write are refused before anything exists") {
    Exporting cell;
    const auto refusal = [&](std::string path) {
        const auto before = things_of(cell.state.path());
        const auto report = cell.run(exporting("true", {{"a", std::move(path)}}));
        REQUIRE_FALSE(report);
        CHECK(report.error().kind == Kind::Unsupported);
        CHECK(left_behind(before, things_of(cell.state.path())) == "");
        return report.error().message;
    };
    for (const char* path :
         {"/result", "/usr/share/x", "/bin/x", "/proc/x", "/dev/shm/x", "/inputs/x", "/etc/x"}) {
        CAPTURE(path);
        CHECK_THAT(refusal(path), ContainsSubstring("spec.export.artifacts[0].path"));
    }
    cell.config.mounts = {{"/etc", "/data"}};
    CHECK_THAT(refusal("/data/x"), ContainsSubstring("collides"));
    CHECK_THAT(refusal("/data/sub/x"), ContainsSubstring("collides"));
}

TEST_CASE("A failing export sink fails the cell, and the cell is destroyed all the same") {
    struct Broken {
        Result<ExportReceipt> export_artifact(const ExportArtifactMetadata&, ArtifactReader&) {
            throw std::runtime_error{"no room"};
        }
    };
    const StateDirectory state;
    Supervisor supervisor{GVisorCellBackend{state.config()}, Broken{}};
    const auto report = supervisor.run(exporting("echo x > /out/x", {{"x", "/out/x"}}));
    REQUIRE(report);
    CHECK(report->outcome == Outcome::Failed);
    CHECK(report->exit == ExitStatus::exited(0));
    CHECK(report->teardown.destroyed);
    CHECK_THAT(errors(*report), ContainsSubstring("no room"));
    CHECK(fs::is_empty(state.path()));
}
