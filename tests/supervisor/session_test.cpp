// Sessions as a supervisor has them, without a sandbox. What holds for every backend is in the laws
// of sessions.

#include "support/catch.hpp"

#include <cellos/broker/memory.hpp>
#include <cellos/core/command_document.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/lifecycle/replay.hpp>
#include <cellos/policy/pack.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

using namespace cellos;
using namespace std::chrono_literals;
using Kind = CellosError::Kind;
using Catch::Matchers::ContainsSubstring;

namespace {

Command shell(std::string script) {
    return {.argv = {"/bin/sh", "-c", std::move(script)}};
}

ExecutionCellDocument document_of_session() {
    return session_document("session");
}

// Two commands that run at once, and a third.
std::vector<CloudEvent> history_of_three() {
    MemoryEventSink sink;
    Supervisor supervisor{StubCellBackend{}, std::ref(sink)};
    auto session = supervisor.open(document_of_session());
    REQUIRE(session);
    auto first = session->start(shell("read line; exit 3"));
    REQUIRE(first);
    REQUIRE(session->run(shell("exit 0")));
    REQUIRE(first->wait());
    REQUIRE(
        session->run({.argv = {"cellos-no-such-command"}}).error().kind == Kind::CommandNotFound
    );
    REQUIRE(std::move(*session).close());
    return sink.events();
}

// Each of its errors quotes what it was given, as a tool's message might.
struct Quoting {
    struct Process {
        const SessionContext* context;
        Result<std::optional<CommandEnd>>
        wait(std::chrono::steady_clock::time_point, const std::stop_token&) {
            return failure(Kind::SandboxFailed, quoted(*context));
        }
        void signal(int) {}
    };
    struct Opened {
        const SessionContext* context;
        Result<Process> start(const CommandContext& command) {
            if (command.document.spec.run->argv.front() == "waits") return Process{context};
            return failure(Kind::Host, quoted(*context));
        }
        void end() noexcept {}
    };
    static constexpr std::string_view name = "quoting";
    static std::string quoted(const SessionContext& context) {
        return "env TOKEN=" + std::string{context.secrets.at(0).value.reveal()};
    }
    Result<CellHandle> create(const ExecutionCellDocument& document) {
        return CellHandle{.cell_id = document.spec.id};
    }
    Result<TeardownReport> destroy(const CellHandle& cell) {
        return TeardownReport{cell.cell_id, true, 0};
    }
    Result<Opened> open_session(const CellHandle&, SessionContext& context) {
        return Opened{&context};
    }
};

} // namespace

TEST_CASE("Each command of a session has events of its own, and overlapping ones are legal") {
    const auto history = history_of_three();
    REQUIRE(history.size() == 9);
    CHECK(replay(history));
    std::vector<std::string> told;
    for (const CloudEvent& event : history) {
        if (const auto* spawned = std::get_if<ProcessSpawned>(&event.data)) {
            told.push_back("spawned " + spawned->command_id.value());
            CHECK(spawned->executed_on == ExecutedOn::Host);
        } else if (const auto* completed = std::get_if<CommandCompleted>(&event.data)) {
            told.push_back("completed " + completed->command_id.value() + ' ' + completed->reason);
        }
    }
    CHECK(
        told ==
        std::vector<std::string>{
            "spawned 1",
            "spawned 2",
            "completed 2 exited",
            "completed 1 exited",
            "spawned 3",
            "completed 3 commandNotFound"}
    );
    const auto& summary = std::get<ComplianceSummary>(history[7].data);
    CHECK(summary.command_count == 3);
    REQUIRE(summary.usage);
    CHECK(summary.usage->wall > 0ns);
    CHECK_FALSE(summary.exit_code);
    CHECK(std::get<CellDestroyed>(history[8].data).outcome == Outcome::Succeeded);
}

TEST_CASE("An event of a session that was taken away or edited is found") {
    const auto whole = history_of_three();
    // As one would who renumbers what is left.
    const auto without = [&](std::size_t index) {
        auto history = whole;
        history.erase(history.begin() + static_cast<std::ptrdiff_t>(index));
        for (std::size_t i = 0; i < history.size(); ++i)
            history[i].extensions["cellsequence"] = std::to_string(i + 1);
        return history;
    };
    for (std::size_t index = 0; index < whole.size(); ++index) {
        INFO("without event " << index + 1);
        CHECK_FALSE(replay(without(index)));
    }
    const auto edited = [&](std::size_t index, auto edit) {
        auto history = whole;
        edit(history[index].data);
        return replay(history);
    };
    CHECK_THAT(
        edited(1, [](EventData& data) { std::get<ProcessSpawned>(data).command_id = "9"; })
            .error()
            .message,
        ContainsSubstring("a command that does not run")
    );
    CHECK_THAT(
        edited(2, [](EventData& data) { std::get<ProcessSpawned>(data).command_id = "1"; })
            .error()
            .message,
        ContainsSubstring("command id of an earlier command")
    );
    CHECK_THAT(
        edited(2, [](EventData& data) { std::get<ProcessSpawned>(data).command_id.reset(); })
            .error()
            .message,
        ContainsSubstring("no session")
    );
    CHECK_THAT(
        edited(4, [](EventData& data) { std::get<CommandCompleted>(data).command_id.reset(); })
            .error()
            .message,
        ContainsSubstring("does not name the command")
    );
    CHECK_THAT(
        edited(7, [](EventData& data) { std::get<ComplianceSummary>(data).command_count = 2; })
            .error()
            .message,
        ContainsSubstring("counts other commands")
    );
}

TEST_CASE("A session is opened for a document that is valid, admitted and not stopped") {
    const auto error_of = [&](const ExecutionCellDocument& document, SessionOptions options = {}) {
        MemoryEventSink sink;
        Supervisor supervisor{StubCellBackend{}, std::ref(sink)};
        auto session = supervisor.open(document, std::move(options));
        REQUIRE_FALSE(session);
        CHECK(sink.events().empty());
        return session.error();
    };
    auto nameless = document_of_session();
    nameless.spec.id.clear();
    CHECK(error_of(nameless).kind == Kind::InvalidSpec);
    auto secretive = document_of_session();
    secretive.spec.authority.secret_refs = {"TOKEN"};
    CHECK(error_of(secretive).kind == Kind::SecretBroker);
    auto named = document_of_session();
    named.spec.policy = PolicyReference{"pack", "1"};
    Supervisor supervisor{StubCellBackend{}};
    CHECK(supervisor.open(named).error().kind == Kind::PolicyRefused);
    std::stop_source stop;
    stop.request_stop();
    CHECK(error_of(document_of_session(), {.stop = stop.get_token()}).kind == Kind::Cancelled);
}

TEST_CASE("A policy decides on each command of a session") {
    PolicyPack pack{.id = "pack", .version = "1"};
    pack.rules.allowed_programs = {"echo"};
    Supervisor supervisor{StubCellBackend{}, pack};
    auto session = supervisor.open(document_of_session());
    REQUIRE(session);
    CHECK(session->run({.argv = {"echo", "allowed"}}).value().stdout_text == "allowed\n");
    const auto refused = session->run({.argv = {"cat"}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == Kind::PolicyRefused);
    CHECK(std::move(*session).close().value().commands == 1);
}

TEST_CASE("What a command asks for is checked before anything runs") {
    Supervisor supervisor{StubCellBackend{}};
    auto document = document_of_session();
    document.spec.run.emplace().argv = {"true"};
    document.spec.run->timeout_ms = 5000;
    auto session = supervisor.open(document);
    REQUIRE(session);
    CHECK(session->first().value().exit == ExitStatus::exited(0));
    const auto error_of = [&](const Command& command) {
        const auto report = session->run(command);
        REQUIRE_FALSE(report);
        return report.error();
    };
    CHECK(error_of({}).kind == Kind::InvalidSpec);
    CHECK_THAT(
        error_of({.argv = {"true"}, .working_directory = "here"}).message,
        ContainsSubstring("spec.run.workingDirectory")
    );
    const auto longer = error_of({.argv = {"true"}, .timeout = 6s});
    CHECK(longer.kind == Kind::InvalidSpec);
    CHECK(longer.message == "timeout: is more than the document of the cell grants");
    const auto memory =
        error_of({.argv = {"true"}, .limits = Limits{.memory_max_bytes = 64 << 20}});
    CHECK(memory.kind == Kind::Unsupported);
    CHECK_THAT(memory.message, ContainsSubstring("limits.memoryMaxBytes: is a limit of the whole"));
    CHECK(std::move(*session).close().value().commands == 1);
}

TEST_CASE("Secrets are there for every command, and taken back with the cell") {
    auto document = document_of_session();
    document.spec.authority.secret_refs = {"TOKEN"};
    MemoryEventSink sink;
    MemorySecretBroker broker;
    broker.set("TOKEN", Secret{"open sesame"});
    Supervisor supervisor{StubCellBackend{}, std::ref(sink), std::ref(broker)};
    auto session = supervisor.open(document);
    REQUIRE(session);
    for (int i = 0; i < 2; ++i)
        CHECK(session->run(shell("echo $TOKEN")).value().stdout_text == "open sesame\n");
    REQUIRE(std::move(*session).close());
    CHECK(replay(sink.events()));
    std::size_t revoked = 0;
    for (const CloudEvent& event : sink.events())
        revoked += std::holds_alternative<IdentityRevoked>(event.data) ? 1 : 0;
    CHECK(revoked == 1);
}

TEST_CASE("The directory of a session on the host is private and goes with it") {
    Supervisor supervisor{StubCellBackend{}};
    std::string directory;
    {
        auto session = supervisor.open(document_of_session());
        REQUIRE(session);
        directory = session->run(shell("pwd")).value().stdout_text;
        directory.pop_back();
        CHECK(session->run(shell("echo $HOME")).value().stdout_text == directory + '\n');
        const auto mode = std::filesystem::status(directory).permissions();
        CHECK(mode == std::filesystem::perms::owner_all);
        REQUIRE(session->run(shell("mkdir -p a/b && : > a/b/c && chmod 0 a/b")));
    } // the destructor closes it
    CHECK_FALSE(std::filesystem::exists(directory));
}

TEST_CASE("No error of a command of a session repeats a secret") {
    auto document = document_of_session();
    document.spec.authority.secret_refs = {"TOKEN"};
    MemorySecretBroker broker;
    broker.set("TOKEN", Secret{"open sesame"});
    Supervisor supervisor{Quoting{}, std::ref(broker)};
    auto session = supervisor.open(document);
    REQUIRE(session);
    for (const char* program : {"waits", "fails"}) {
        const auto report = session->run({.argv = {program}});
        REQUIRE_FALSE(report);
        INFO(report.error().message);
        CHECK(report.error().message.find("env TOKEN=") == 0);
        CHECK(report.error().message.find("sesame") == std::string::npos);
    }
}

TEST_CASE("The time of a session is that of its run, not of its tear-down") {
    Supervisor supervisor{StubCellBackend{}};
    auto session = supervisor.open(document_of_session());
    REQUIRE(session);
    const auto slept = session->run({.argv = {"sleep", "0.3"}}).value().usage.wall;
    const auto report = std::move(*session).close();
    REQUIRE(report);
    const auto time_of = [&](Phase phase) {
        const auto found = std::ranges::find(report->phases, phase, &PhaseTiming::phase);
        REQUIRE(found != report->phases.end());
        return found->duration;
    };
    CHECK(time_of(Phase::Run) >= slept);
    CHECK(time_of(Phase::Open) >= 0ns);
    CHECK(time_of(Phase::Destroy) >= 0ns);
}

TEST_CASE("An idle time-out beyond the time to live is none") {
    Supervisor supervisor{StubCellBackend{}};
    for (const auto timeout : {std::chrono::milliseconds::max(), std::chrono::milliseconds{8h}}) {
        auto session = supervisor.open(document_of_session(), {.idle_timeout = timeout});
        REQUIRE(session);
        CHECK(session->run({.argv = {"true"}}).value().exit == ExitStatus::exited(0));
        CHECK_FALSE(std::move(*session).close().value().exit);
    }
}

TEST_CASE("A session that is moved is the same session") {
    Supervisor supervisor{StubCellBackend{}};
    auto opened = supervisor.open(document_of_session());
    REQUIRE(opened);
    std::optional<Session> session;
    session.emplace(*std::move(opened));
    auto process = session->start(shell("exit 5"));
    REQUIRE(process);
    std::optional<Process> kept = *std::move(process);
    CHECK(kept->id() == "1");
    CHECK(kept->wait().value().exit == ExitStatus::exited(5));
    // The one that was there is closed.
    auto another = supervisor.open(document_of_session());
    REQUIRE(another);
    session = *std::move(another);
    CHECK(kept->wait().value().exit == ExitStatus::exited(5));
    CHECK(session->run(shell("exit 6")).value().exit == ExitStatus::exited(6));
    CHECK(std::move(*session).close().value().commands == 1);
}

TEST_CASE("A session keeps no descriptor of its commands") {
    Supervisor supervisor{StubCellBackend{}};
    auto session = supervisor.open(document_of_session());
    REQUIRE(session);
    const auto descriptors = [] {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& each :
             std::filesystem::directory_iterator{"/proc/self/fd"})
            ++count;
        return count;
    };
    const auto before = descriptors();
    constexpr std::size_t commands = 300;
    for (std::size_t i = 0; i < commands; ++i)
        CHECK(session->run({.argv = {"true"}}).value().exit == ExitStatus::exited(0));
    CHECK(descriptors() == before);
    CHECK(std::move(*session).close().value().commands == commands);
}
