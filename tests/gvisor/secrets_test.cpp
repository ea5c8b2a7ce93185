// Secrets reach the workload and nobody else: marker secrets are planted, then searched for
// everywhere.
#include "support/bare_runsc.hpp"
#include "support/catch.hpp"
#include "support/gvisor_fixture.hpp"
#include "support/marker.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/broker/file.hpp>
#include <cellos/broker/memory.hpp>
#include <cellos/export/local.hpp>
#include <cellos/json/event.hpp>
#include <cellos/json/report.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/wait.hpp>
#include <cellos/sink/json_lines.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>

#include <functional>
#include <map>
#include <sstream>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>

using namespace cellos;
using namespace cellos_tests;
using Catch::Matchers::ContainsSubstring;
using Kind = CellosError::Kind;

namespace {

ExecutionCellDocument with_secrets(std::string script, SecretDelivery delivery) {
    auto document = shell_document(std::move(script));
    document.spec.authority.secret_refs = {"TOKEN", "API_KEY"};
    document.spec.run->secret_delivery = delivery;
    return document;
}

} // namespace

TEST_CASE("Secrets arrive byte for byte: in the environment, or in files of the cell's user") {
    const StateDirectory state;
    MemorySecretBroker broker;
    Supervisor supervisor{GVisorCellBackend{state.config()}, std::ref(broker)};

    SECTION("env") {
        const std::string odd = "a \"quoted\" \\ value\n\t\x01\x7f, =$(x) \u00e9\U0001F511'";
        broker.set("TOKEN", Secret{std::string_view{odd}});
        broker.set("API_KEY", Secret{""});
        const auto report = supervisor.run(with_secrets(
            "printf '%s|%s' \"$TOKEN\" \"$API_KEY\"; test -e /run/secrets && echo files",
            SecretDelivery::Env
        ));
        REQUIRE(report);
        CHECK(report->stdout_text == odd + "|");
    }
    SECTION("file") {
        const std::string bytes("binary\0\xff\xfe\n", 10);
        broker.set("TOKEN", Secret{std::string_view{bytes}});
        broker.set("API_KEY", Secret{"key"});
        const auto report = supervisor.run(with_secrets(
            "cat /run/secrets/TOKEN /run/secrets/API_KEY; cd /run/secrets;"
            "python3 -c 'import os\nfor f in (\".\", \"TOKEN\"):\n s = os.stat(f)\n"
            " print(oct(s.st_mode), s.st_uid, s.st_gid)';"
            "echo x > new; echo x > TOKEN; rm -f TOKEN; env | grep -c 'TOKEN\\|API_KEY'",
            SecretDelivery::File
        ));
        REQUIRE(report);
        CHECK(report->stdout_text == bytes + "key0o40500 65534 65534\n0o100400 65534 65534\n0\n");
    }
    SECTION("no text, in the environment") {
        broker.set("TOKEN", Secret{"\xff\xfe"});
        broker.set("API_KEY", Secret{"key"});
        const auto report =
            supervisor.run(with_secrets("printf %s \"$TOKEN\"", SecretDelivery::Env));
        REQUIRE(report);
        CHECK(report->stdout_text == "\xff\xfe");
    }
    SECTION("what no variable can hold") {
        broker.set("TOKEN", Secret{std::string_view{"a\0b", 3}});
        broker.set("API_KEY", Secret{"key"});
        const auto report = supervisor.run(with_secrets("true", SecretDelivery::Env));
        REQUIRE_FALSE(report);
        CHECK(report.error().kind == Kind::SecretBroker);
        CHECK_THAT(report.error().message, ContainsSubstring("TOKEN holds a NUL"));
    }
}

TEST_CASE("Secret files belong to the user that the operator has chosen for cells") {
    const StateDirectory state;
    auto config = state.config();
    config.user = {.uid = 1000, .gid = 1001};
    MemorySecretBroker broker;
    broker.set("TOKEN", Secret{"value"});
    broker.set("API_KEY", Secret{"key"});
    Supervisor supervisor{GVisorCellBackend{config}, std::ref(broker)};
    const auto report = supervisor.run(with_secrets(
        "cat /run/secrets/TOKEN; python3 -c 'import os; s = os.stat(\"/run/secrets/TOKEN\");"
        "print(s.st_uid, s.st_gid)'",
        SecretDelivery::File
    ));
    REQUIRE(report);
    CHECK(report->stdout_text == "value1000 1001\n");
}

TEST_CASE("While a cell runs its secrets are in no file, wherever its state directory lies") {
    const Marker token;
    const cellos_test::TemporaryDirectory disk;
    const StateDirectory memory;
    for (const fs::path& place : {memory.path(), disk.path() / "s"}) {
        for (const auto delivery : {SecretDelivery::Env, SecretDelivery::File}) {
            auto config = memory.config();
            config.state_directory = place;
            MemorySecretBroker broker;
            broker.set("TOKEN", token.secret());
            broker.set("API_KEY", Secret{"key"});
            auto pipe = os::make_pipe();
            REQUIRE(pipe);
            std::stop_source stop;
            std::string holders;
            std::size_t files = 0;
            std::jthread watcher{[&] {
                char byte = 0;
                if (::read(pipe->read_end.get(), &byte, 1) != 1) return;
                files = files_below(place);
                holders = token.files_with_it(place);
                for (const char* directory : {"/run", "/dev/shm", "/var/tmp", "/var/log"})
                    holders += token.files_with_it(directory);
                stop.request_stop();
            }};
            Supervisor supervisor{GVisorCellBackend{config}, std::ref(broker)};
            const auto report = supervisor.run(
                with_secrets(
                    "test -n \"$TOKEN$(cat /run/secrets/TOKEN)\" && echo begun; exec sleep 60",
                    delivery
                ),
                {.stop = stop.get_token(), .stdio = Descriptors{.stdout_fd = pipe->write_end.get()}}
            );
            pipe->write_end.reset();
            watcher.join();
            REQUIRE(report);
            CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::Cancelled));
            CHECK(files > 2); // the record, config.json and runsc's own state among them
            CHECK(holders == "");
            CHECK(token.files_with_it(place).empty());
        }
    }
}

TEST_CASE("While artifacts are on their way out, no file of the cell holds a secret any more") {
    struct Looking {
        fs::path state;
        std::string* found;
        const Marker* token;
        Result<ExportReceipt> export_artifact(const ExportArtifactMetadata&, ArtifactReader&) {
            *found = token->files_with_it(state);
            return ExportReceipt{.target_kind = "looking"};
        }
    };
    const Marker token, key;
    for (const auto delivery : {SecretDelivery::Env, SecretDelivery::File}) {
        const StateDirectory state;
        MemorySecretBroker broker;
        broker.set("TOKEN", token.secret());
        broker.set("API_KEY", key.secret());
        std::string found = "not called";
        Supervisor supervisor{
            GVisorCellBackend{state.config()},
            std::ref(broker),
            Looking{state.path(), &found, &token}};
        auto document = with_secrets("echo x > /out/x; exec sleep 60", delivery);
        document.spec.export_.emplace().artifacts = {{"x", "/out/x"}};
        document.spec.run->timeout_ms = 2500; // a forced end: runsc cleans up nothing itself
        REQUIRE(supervisor.run(document));
        CHECK(found == "");
    }
}

// --- The search --------------------------------------------------------------------------------

namespace {

// One way for a run to go: what is changed about it, and what must come of it.
struct Path {
    std::string name;
    std::string script = "exit 0";
    std::function<void(ExecutionCellDocument&, GVisorConfig&)> change = [](auto&, auto&) {};
    bool broker_fails = false;
    bool sink_fails = false;
    bool export_fails = false;
    bool cancel = false;
};

// A runsc that tells all it was given, and fails.
constexpr std::string_view talkative_runsc = R"sh(#!/bin/sh
case " $* " in *" flags "*) echo "-platform string: specifies which platform to use: ptrace, kvm."; exit;; esac
for a; do case $a in --bundle=*) b=${a#--bundle=};; --root=*) r=${a#--root=};; esac; done
cat "$b/config.json" >&2
cat "$b/config.json"
token=$(sed -n 's/.*"TOKEN=\([^"]*\)".*/\1/p' "$b/config.json")
printf '{"msg":"invalid variable TOKEN=%s","level":"error"}' "$token" >&3
exit 128
)sh";

struct FailingSink {
    Result<void> emit(const CloudEvent&) { return failure(Kind::EventSink, "full"); }
};

struct FailingExport {
    Result<ExportReceipt> export_artifact(const ExportArtifactMetadata&, ArtifactReader&) {
        return failure(Kind::ExportSink, "no room");
    }
};

// Fails for the second secret, when the first one is out already.
struct HalfwayBroker {
    const Marker* token;
    bool fails;
    int revoked = 0;
    Result<Secret> resolve(std::string_view reference, const CellHandle&) {
        if (fails && reference == "API_KEY") return failure(Kind::SecretBroker, "locked");
        return token->secret();
    }
    Result<void> revoke_for_cell(std::string_view) {
        ++revoked;
        return {};
    }
};

} // namespace

TEST_CASE("The search finds a marker where there is one") {
    const Marker marker;
    const cellos_test::TemporaryDirectory directory;
    CHECK(marker.memory_with_it().empty());
    CHECK(marker.files_with_it(directory.path()).empty());
    {
        const std::string careless{marker.secret().reveal()};
        CHECK_FALSE(marker.memory_with_it().empty());
        directory.write("deep", "text before " + careless);
        CHECK(marker.files_with_it(directory.path()) == (directory.path() / "deep\n").native());
        os::SpawnRequest request{.program = "/bin/sleep", .argv = {careless, "1000"}};
        auto child = os::spawn(request).value().release();
        REQUIRE(child);
        CHECK_FALSE(marker.command_lines_with_it().empty());
    }
}

TEST_CASE("What a runsc prints that fails is nowhere, if the caller captures") {
    const cellos_test::TemporaryDirectory tools;
    const StateDirectory state;
    auto config = state.config();
    config.runsc = tools.write("runsc", talkative_runsc, std::filesystem::perms{0755});
    auto document = with_secrets("true", SecretDelivery::Env);
    document.spec.environment.emplace().variables = {{"PASSWORD", "a variable's value"}};
    const Marker token;
    HalfwayBroker broker{&token, false};
    MemoryEventSink sink;
    Supervisor supervisor{GVisorCellBackend{config}, std::ref(broker), std::ref(sink)};
    const auto report = supervisor.run(document);
    REQUIRE_FALSE(report);
    CHECK(report.error().kind == Kind::SandboxFailed);
    CHECK_THAT(report.error().message, ContainsSubstring("invalid variable TOKEN="));
    CHECK_FALSE(token.in(report.error().what()));
    CHECK_THAT(report.error().message, !ContainsSubstring("a variable's value"));
    std::string events;
    for (const CloudEvent& event : sink.events()) events += to_json(event);
    CHECK_FALSE(token.in(events));
    CHECK_THAT(events, !ContainsSubstring("a variable's value"));
}

TEST_CASE("A marker secret is nowhere, whichever way a run goes") {
    const cellos_test::TemporaryDirectory tools;
    const auto talkative = tools.write("runsc", talkative_runsc, std::filesystem::perms{0755});
    const std::vector<Path> paths{
        {.name = "success", .script = "test -n \"$TOKEN$(cat /run/secrets/TOKEN)\""},
        {.name = "exit code", .script = "exit 7"},
        {.name = "signal", .script = "kill -SEGV $$"},
        {.name = "no such command",
         .change = [](auto& document, auto&) { document.spec.run->argv = {"no-such"}; }},
        {.name = "not executable",
         .change = [](auto& document, auto&) { document.spec.run->argv = {"/etc/passwd"}; }},
        {.name = "time-out",
         .script = "exec sleep 60",
         .change = [](auto& document, auto&) { document.spec.run->timeout_ms = 1500; }},
        {.name = "cancelled", .script = "echo begun; exec sleep 60", .cancel = true},
        {.name = "broker fails half way", .broker_fails = true},
        {.name = "sinks fail", .sink_fails = true},
        {.name = "export fails", .script = "echo x > /out/x", .export_fails = true},
        {.name = "artifact missing"},
        {.name = "runsc missing",
         .change = [](auto&, auto& config) { config.runsc = "/no/such/runsc"; }},
        {.name = "no runsc at all",
         .change = [](auto&, auto& config) { config.runsc = "/bin/true"; }},
        {.name = "runsc echoes its config",
         .change = [&](auto&, auto& config) { config.runsc = talkative; }},
        {.name = "a root file system without the place",
         .change = [&](auto&, auto& config) { config.rootfs = DirectoryRootfs{tools.path()}; }},
        {.name = "a program that tells its arguments", .script = "cat /proc/*/cmdline; exit 2"},
    };
    for (const auto delivery : {SecretDelivery::Env, SecretDelivery::File}) {
        for (const Path& path : paths) {
            CAPTURE(path.name, delivery == SecretDelivery::File);
            const Marker token;
            const StateDirectory state;
            const cellos_test::TemporaryDirectory output;
            auto config = state.config();
            auto document = with_secrets(path.script, delivery);
            if (path.export_fails || path.name == "artifact missing")
                document.spec.export_.emplace().artifacts = {{"x", "/out/x"}};
            path.change(document, config);

            // What this process writes to its own streams goes to files that are searched.
            HalfwayBroker broker{&token, path.broker_fails};
            auto file = JsonLinesEventSink::open(output.path() / "events.jsonl");
            REQUIRE(file);
            FailingSink failing_sink;
            FailingExport failing_export;
            LocalExportSink exports{output.path() / "exports"};
            std::stop_source stop;
            auto pipe = os::make_pipe();
            REQUIRE(pipe);
            const os::Descriptor log =
                os::open_at(AT_FDCWD, (output.path() / "streams").c_str(), O_RDWR | O_CREAT, 0600)
                    .value();
            const int out = path.cancel ? pipe->write_end.get() : log.get();
            std::string on_command_lines, memory_during;
            std::jthread watcher{[&](const std::stop_token& end) {
                // Until the workload has begun, or the run is over.
                static_cast<void>(os::wait_readable(
                    pipe->read_end.get(), os::Clock::now() + std::chrono::seconds{60}
                ));
                if (end.stop_requested()) return;
                on_command_lines = token.command_lines_with_it();
                memory_during = token.memory_with_it();
                stop.request_stop();
            }};
            const auto run = [&](auto& sink, auto& exporter) {
                Supervisor supervisor{
                    GVisorCellBackend{config},
                    std::ref(broker),
                    std::ref(*file),
                    std::ref(sink),
                    std::ref(exporter)};
                return supervisor.run(
                    document,
                    {.stop = stop.get_token(),
                     .stdio = Descriptors{.stdout_fd = out, .stderr_fd = log.get()}}
                );
            };
            MemoryEventSink good_sink;
            const auto report = path.sink_fails     ? run(failing_sink, exports)
                                : path.export_fails ? run(good_sink, failing_export)
                                                    : run(good_sink, exports);
            watcher.request_stop();
            static_cast<void>(::write(pipe->write_end.get(), "\n", 1));
            watcher.join();

            const std::string told = report ? to_json(*report) : report.error().what();
            CAPTURE(told);
            std::string events;
            for (const CloudEvent& event : good_sink.events()) events += to_json(event);
            CHECK_FALSE(token.in(told));
            CHECK_FALSE(token.in(events));
            CHECK(on_command_lines.empty());
            CHECK(memory_during.empty());
            CHECK(token.files_with_it(state.path()).empty());
            CHECK(token.files_with_it(output.path()) == "");
            CHECK(token.memory_with_it().empty());
            // Revoked on every path on which there was a cell.
            const bool refused = !report && events.empty() && !path.broker_fails;
            if (!refused) CHECK(broker.revoked == 1);
        }
    }
}
