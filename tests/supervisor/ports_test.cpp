// Ports in any number and order, shared or owned, one object in several roles.

#include "support/catch.hpp"
#include "support/scripted_backend.hpp"

#include <cellos/broker/environment.hpp>
#include <cellos/broker/memory.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/lifecycle/replay.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>

#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

using namespace cellos;
using namespace cellos_test;
using Calls = std::vector<std::string>;

namespace {

// A span that can be neither copied nor moved.
class Tracing {
public:
    static constexpr std::string_view name = "tracing";

    explicit Tracing(CallLog& log) : log_{&log} {}

    class Span {
    public:
        Span(CallLog& log, std::string text) : log_{log}, text_{std::move(text)} {
            log_.add("begin " + text_);
        }
        Span(const Span&) = delete;
        Span& operator=(const Span&) = delete;
        ~Span() { log_.add("end " + text_); }

    private:
        CallLog& log_;
        std::string text_;
    };

    Span begin(std::string_view span, const CellRef& cell) {
        if (broken) throw std::runtime_error{"no clock"};
        runs.emplace(cell.run_id);
        return Span{*log_, std::string{span} + ' ' + std::string{cell.cell_id}};
    }

    bool broken = false;
    std::set<std::string> runs{};

private:
    CallLog* log_;
};

// Plays every role at once.
struct Everything : ScriptedSink, ScriptedBroker, ScriptedExport {
    static constexpr std::string_view name = "everything";

    explicit Everything(CallLog& log_)
        : ScriptedSink{log_}, ScriptedBroker{log_}, ScriptedExport{log_} {}
};

} // namespace

TEST_CASE("Arguments are moved in, and std::ref shares one that the caller keeps") {
    CallLog log;
    ScriptedBackend backend{log};
    MemoryEventSink sink;
    Supervisor supervisor{std::ref(backend), std::ref(sink), EnvSecretBroker{}};
    STATIC_REQUIRE(std::is_same_v<
                   decltype(supervisor),
                   Supervisor<ScriptedBackend&, MemoryEventSink&, EnvSecretBroker>>);
    backend.on_execute = [](const auto&, const auto&) -> Result<ExitStatus> {
        return ExitStatus::exited(3);
    };
    CHECK(supervisor.run(run_document())->exit == ExitStatus::exited(3));
    CHECK(sink.events().size() == 5);
}

TEST_CASE("One object may be several ports") {
    CallLog log;
    auto document = run_document();
    document.spec.authority.secret_refs = {"TOKEN"};
    document.spec.export_.emplace().artifacts = {{"log", "/var/log"}};
    Supervisor supervisor{ExportingBackend{log}, Everything{log}};
    REQUIRE(supervisor.run(document));
    CHECK(
        log.calls() ==
        Calls{
            "create",
            "resolve TOKEN",
            "event identity.v1.materialized",
            "event lifecycle.v1.started",
            "event observability.v1.process_spawned",
            "execute",
            "event command.v1.completed",
            "open log",
            "export log=/var/log",
            "event export.v2.completed",
            "destroy",
            "revoke cell-1",
            "event identity.v1.revoked",
            "event compliance.v1.summary",
            "event lifecycle.v1.destroyed",
        }
    );
}

TEST_CASE("Every export sink gets every artifact, from the start") {
    CallLog log;
    auto document = run_document();
    document.spec.export_.emplace().artifacts = {{"log", "/var/log"}};
    Supervisor supervisor{ExportingBackend{log}, ScriptedExport{log}, ScriptedExport{log}};
    REQUIRE(supervisor.run(document));
    CHECK(log.count("export log=/var/log") == 2);
}

TEST_CASE("Tracers see the phases from outside, one around the other") {
    CallLog log;
    Supervisor supervisor{ScriptedBackend{log}, Tracing{log}, Tracing{log}};
    REQUIRE(supervisor.run(run_document()));
    CHECK(
        log.calls() ==
        Calls{
            "begin admit cell-1",
            "begin admit cell-1",
            "end admit cell-1",
            "end admit cell-1",
            "begin create cell-1",
            "begin create cell-1",
            "create",
            "end create cell-1",
            "end create cell-1",
            "begin run cell-1",
            "begin run cell-1",
            "execute",
            "end run cell-1",
            "end run cell-1",
            "begin destroy cell-1",
            "begin destroy cell-1",
            "destroy",
            "end destroy cell-1",
            "end destroy cell-1",
        }
    );
}

TEST_CASE("Events, spans, secrets and runs of one life bear one name, and no other life has it") {
    CallLog log;
    MemoryEventSink sink;
    Tracing tracer{log};
    ScriptedBackend backend{log};
    struct : ScriptedBroker {
        using ScriptedBroker::ScriptedBroker;
        Result<Secret> resolve(std::string_view reference, const CellHandle& cell) {
            runs.insert(cell.run_id.value());
            return ScriptedBroker::resolve(reference, cell);
        }
        std::set<std::string> runs{};
    } broker{log};
    std::set<std::string> executed;
    backend.on_execute = [&](const auto& cell, const auto& context) -> Result<ExitStatus> {
        CHECK(context.run_id == cell.run_id.value_or(""));
        executed.insert(context.run_id);
        return ExitStatus::exited(0);
    };
    auto document = run_document();
    document.spec.authority.secret_refs = {"TOKEN"};
    Supervisor supervisor{std::ref(backend), std::ref(tracer), std::ref(broker), std::ref(sink)};
    REQUIRE(supervisor.run(document));
    REQUIRE(supervisor.run(document));
    std::set<std::string> told;
    for (const CloudEvent& event : sink.drain()) told.insert(extension(event, cell_run_attribute));
    CHECK(told.size() == 2);
    CHECK(told == tracer.runs);
    CHECK(told == broker.runs);
    CHECK(told == executed);

    // Each kind of port is enough to name a life, and without one nobody pays for it.
    tracer.runs.clear();
    REQUIRE(Supervisor{std::ref(backend), std::ref(tracer)}.run(run_document()));
    CHECK(tracer.runs.size() == 1);
    CHECK_FALSE(tracer.runs.contains(""));
    broker.runs.clear();
    REQUIRE(Supervisor{std::ref(backend), std::ref(broker)}.run(document));
    CHECK(broker.runs.size() == 1);
    CHECK_FALSE(broker.runs.contains(""));
    executed.clear();
    REQUIRE(Supervisor{std::ref(backend)}.run(run_document()));
    CHECK(executed == std::set<std::string>{""});
}

TEST_CASE("A tracer that throws is reported, and nothing else happens") {
    CallLog log;
    Tracing tracer{log};
    tracer.broken = true;
    Supervisor supervisor{ScriptedBackend{log}, std::ref(tracer)};
    const auto report = supervisor.run(run_document());
    REQUIRE(report);
    CHECK(report->outcome == Outcome::Succeeded);
    CHECK(log.calls() == Calls{"create", "execute", "destroy"});
    REQUIRE(report->port_errors.size() == 4);
    CHECK(
        report->port_errors[1].message ==
        "tracer tracing (port 1), phase create: begin threw an exception: no clock"
    );
}

TEST_CASE("A supervisor serves many threads at once") {
    constexpr std::size_t threads = 8;
    constexpr std::size_t cells = 50;
    MemoryEventSink sink;
    MemorySecretBroker broker;
    broker.set("TOKEN", Secret{"value"});
    Supervisor supervisor{StubCellBackend{}, std::ref(sink), std::ref(broker)};
    std::atomic<std::size_t> succeeded = 0;
    {
        std::vector<std::jthread> pool;
        for (std::size_t t = 0; t < threads; ++t)
            pool.emplace_back([&, t] {
                for (std::size_t i = 0; i < cells; ++i) {
                    auto document =
                        lifecycle_document("t" + std::to_string(t) + "-" + std::to_string(i));
                    document.spec.authority.secret_refs = {"TOKEN"};
                    const auto report = supervisor.run(document);
                    if (report && report->outcome == Outcome::Succeeded &&
                        report->cell_id == document.spec.id)
                        ++succeeded;
                }
            });
    }
    CHECK(succeeded == threads * cells);
    CHECK(broker.holders().empty());

    std::map<std::string, std::vector<CloudEvent>> histories;
    for (CloudEvent& event : sink.drain()) histories[event.subject].push_back(std::move(event));
    CHECK(histories.size() == threads * cells);
    for (const auto& [subject, history] : histories) CHECK(replay(history));
    CHECK(sink.events().empty());
}
