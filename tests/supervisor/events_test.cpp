// The history that a run leaves behind: which events, in which order, caused by what.

#include "supervisor/pipeline.hpp"
#include "support/catch.hpp"

#include <cellos/host/stub.hpp>
#include <cellos/lifecycle/replay.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>

#include <algorithm>
#include <functional>
#include <set>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

using namespace cellos;
using namespace cellos_test;
using Kind = CellosError::Kind;
using Catch::Matchers::ContainsSubstring;
using Names = std::vector<std::string>;

namespace {

// A run with everything: two secrets, two artifacts, a correlation.
ExecutionCellDocument full_document() {
    ExecutionCellDocument document = secret_document();
    document.spec.run->argv = {"make", "--jobs", "s3cret-argument"};
    document.spec.authority.egress_rules = {{.host = "example.org", .port = 443}};
    document.spec.export_ = exporting_document().spec.export_;
    document.spec.correlation.emplace().tenant_id = "tenant";
    return document;
}

struct Recorded : Pipeline {
    MemoryEventSink sink;

    Result<CellReport> run(const ExecutionCellDocument& document, RunOptions options = {}) {
        return Pipeline::run(document, std::move(options), std::ref(sink));
    }
};

// `started`, `completed@command`: the last part of the type, with its phase where it is ambiguous.
std::string short_name(const CloudEvent& event) {
    constexpr std::string_view prefix = "dev.cellos.events.cell.";
    REQUIRE(event.type.starts_with(prefix));
    return event.type.substr(prefix.size());
}

Names names(const std::vector<CloudEvent>& events) {
    Names found;
    std::ranges::transform(events, std::back_inserter(found), short_name);
    return found;
}

// `child ← parent` for all events that have one.
Names links(const std::vector<CloudEvent>& events) {
    Names found;
    for (const CloudEvent& event : events) {
        if (!event.provenance) continue;
        const auto parent = std::ranges::find(events, event.provenance->parent, &CloudEvent::id);
        REQUIRE(parent != events.end());
        CHECK(parent->type == event.provenance->parent_type);
        CHECK(&*parent < &event);
        found.push_back(short_name(event) + " <- " + short_name(*parent));
    }
    return found;
}

} // namespace

TEST_CASE("A whole life tells of each of its steps, in order and with its cause") {
    Recorded r;
    REQUIRE(r.run(full_document()));
    const auto events = r.sink.events();
    CHECK(
        names(events) ==
        Names{
            "identity.v1.materialized",
            "identity.v1.materialized",
            "lifecycle.v1.started",
            "observability.v1.process_spawned",
            "command.v1.completed",
            "export.v2.completed",
            "export.v2.completed",
            "identity.v1.revoked",
            "identity.v1.revoked",
            "compliance.v1.summary",
            "lifecycle.v1.destroyed",
        }
    );
    CHECK(
        links(events) ==
        Names{
            "observability.v1.process_spawned <- lifecycle.v1.started",
            "command.v1.completed <- observability.v1.process_spawned",
            "export.v2.completed <- command.v1.completed",
            "export.v2.completed <- command.v1.completed",
            "identity.v1.revoked <- identity.v1.materialized",
            "identity.v1.revoked <- identity.v1.materialized",
            "compliance.v1.summary <- command.v1.completed",
            "lifecycle.v1.destroyed <- command.v1.completed",
        }
    );
    CHECK(replay(events));

    CHECK(std::get<IdentityMaterialized>(events[0].data).secret_ref == "USER_KEY");
    CHECK(std::get<IdentityMaterialized>(events[1].data).secret_ref == "API_KEY");
    CHECK(events[7].provenance->parent == events[0].id);
    CHECK(events[8].provenance->parent == events[1].id);

    const auto& started = std::get<CellStarted>(events[2].data);
    CHECK(started.spec_id == "cell-1");
    CHECK(started.correlation->tenant_id == "tenant");
    const auto& spawned = std::get<ProcessSpawned>(events[3].data);
    CHECK(spawned.program == "make");
    CHECK(spawned.argument_count == 2);
    CHECK(spawned.executed_on == ExecutedOn::Cell);
    const auto& completed = std::get<CommandCompleted>(events[4].data);
    CHECK(completed.exit_code == 0);
    CHECK(completed.reason == "exited");
    const auto& exported = std::get<ExportCompleted>(events[5].data);
    CHECK(exported.name == "log");
    CHECK(exported.target_kind == "drawer");
    CHECK(exported.size_bytes == 8);
    const auto& summary = std::get<ComplianceSummary>(events[9].data);
    CHECK(summary.ttl_seconds == 60);
    CHECK(summary.egress_rule_count == 1);
    CHECK(summary.egress_enforced == true);
    CHECK(summary.exit_code == 0);
    CHECK(summary.exit_reason == "exited");
    const auto& destroyed = std::get<CellDestroyed>(events[10].data);
    CHECK(destroyed.outcome == Outcome::Succeeded);
    CHECK(destroyed.terminal_state == TerminalState::Clean);
}

TEST_CASE("Every event says who tells, of which cell, when, and has an id of its own") {
    Recorded r;
    for (int i = 0; i < 3; ++i) REQUIRE(r.run(full_document()));
    const auto events = r.sink.events();
    std::set<std::string> ids;
    auto time = events.front().time;
    for (const CloudEvent& event : events) {
        CHECK(event.subject == "urn:cellos:cell:cell-1");
        CHECK(event.source.starts_with("/cellos/supervisor/"));
        CHECK(event.source.size() > std::string_view{"/cellos/supervisor/"}.size());
        CHECK(event.type == event_type(event.data));
        CHECK(event.time >= time);
        time = event.time;
        ids.insert(event.id);
        REQUIRE(event.id.size() == 36);
        for (const std::size_t dash : {8U, 13U, 18U, 23U}) CHECK(event.id[dash] == '-');
        CHECK(event.id[14] == '4');
        CHECK(std::string_view{"89ab"}.find(event.id[19]) != std::string_view::npos);
    }
    CHECK(ids.size() == events.size());
}

TEST_CASE("A life without a workload tells of its begin and its end") {
    MemoryEventSink sink;
    Supervisor supervisor{StubCellBackend{}, std::ref(sink)};
    REQUIRE(supervisor.run(lifecycle_document()));
    const auto events = sink.events();
    CHECK(
        names(events) ==
        Names{"lifecycle.v1.started", "compliance.v1.summary", "lifecycle.v1.destroyed"}
    );
    CHECK(
        links(events) ==
        Names{
            "compliance.v1.summary <- lifecycle.v1.started",
            "lifecycle.v1.destroyed <- lifecycle.v1.started",
        }
    );
    CHECK(replay(events));
}

TEST_CASE("What was refused, or could not be created, has no history") {
    Recorded r;
    r.backend.on_create = [](const auto&) -> Result<CellHandle> {
        return failure(Kind::Host, "no room");
    };
    CHECK_FALSE(r.run(full_document()));
    CHECK_FALSE(r.run(ExecutionCellDocument{}));
    CHECK(r.sink.events().empty());
}

TEST_CASE("A secret that cannot be delivered: the first ones are revoked, nothing was started") {
    Recorded r;
    r.broker.on_resolve = [](std::string_view reference) -> Result<Secret> {
        if (reference == "API_KEY") return failure(Kind::SecretBroker, "sealed");
        return Secret{"value"};
    };
    CHECK_FALSE(r.run(full_document()));
    const auto events = r.sink.events();
    CHECK(
        names(events) ==
        Names{
            "identity.v1.materialized",
            "identity.v1.failed",
            "identity.v1.revoked",
            "compliance.v1.summary",
            "lifecycle.v1.destroyed",
        }
    );
    CHECK(
        links(events) ==
        Names{
            "identity.v1.revoked <- identity.v1.materialized",
            "compliance.v1.summary <- identity.v1.failed",
            "lifecycle.v1.destroyed <- identity.v1.failed",
        }
    );
    CHECK(replay(events));
    CHECK(std::get<IdentityFailed>(events[1].data).secret_ref == "API_KEY");
    CHECK_THAT(std::get<IdentityFailed>(events[1].data).reason, ContainsSubstring("sealed"));
    CHECK(std::get<CellDestroyed>(events[4].data).outcome == Outcome::Failed);
    CHECK(std::get<CellDestroyed>(events[4].data).terminal_state == TerminalState::Forced);
}

TEST_CASE("A revocation that fails is told of each secret") {
    Recorded r;
    r.broker.on_revoke = []() -> Result<void> { return failure(Kind::SecretBroker, "gone"); };
    REQUIRE(r.run(full_document()));
    const auto events = r.sink.events();
    REQUIRE(events.size() == 11);
    CHECK(std::get<IdentityFailed>(events[7].data).secret_ref == "USER_KEY");
    CHECK(std::get<IdentityFailed>(events[8].data).secret_ref == "API_KEY");
    CHECK(events[8].provenance->parent == events[1].id);
    CHECK(replay(events));
}

TEST_CASE("An export that fails is told of") {
    Recorded r;
    r.exporter.on_export = [](const ExportArtifactMetadata& artifact) -> Result<ExportReceipt> {
        if (artifact.name == "log") return failure(Kind::ExportSink, "full");
        return ExportReceipt{};
    };
    REQUIRE(r.run(full_document()));
    const auto events = r.sink.events();
    const auto& failed = std::get<ExportFailed>(events[5].data);
    CHECK(failed.name == "log");
    CHECK(failed.target_kind == "drawer");
    CHECK_THAT(failed.reason, ContainsSubstring("full"));
    CHECK(std::get<ExportCompleted>(events[6].data).name == "core");
    CHECK(std::get<CellDestroyed>(events.back().data).outcome == Outcome::Failed);
    CHECK(std::get<CellDestroyed>(events.back().data).terminal_state == TerminalState::Clean);
    CHECK(replay(events));
}

TEST_CASE("The end of the workload is told as what it was") {
    struct Case {
        Result<ExitStatus> end;
        std::optional<int> code;
        std::optional<int> signal;
        std::string reason;
        TerminalState terminal_state;
    };
    const auto forced = ExitStatus::forced;
    const std::vector<Case> cases{
        {ExitStatus::exited(7), 7, {}, "exited", TerminalState::Clean},
        {ExitStatus::signaled(11), {}, 11, "signaled", TerminalState::Clean},
        {forced(ExitStatus::Kind::TimedOut), {}, {}, "timedOut", TerminalState::Forced},
        {forced(ExitStatus::Kind::Cancelled), {}, {}, "cancelled", TerminalState::Forced},
        {forced(ExitStatus::Kind::OutOfMemory), {}, {}, "outOfMemory", TerminalState::Forced},
        {forced(ExitStatus::Kind::CpuTimeExceeded),
         {},
         {},
         "cpuTimeExceeded",
         TerminalState::Forced},
        {forced(ExitStatus::Kind::OutputLimitExceeded),
         {},
         {},
         "outputLimitExceeded",
         TerminalState::Forced},
        {failure(Kind::SandboxFailed, "panic"), {}, {}, "sandboxFailed", TerminalState::Forced},
        {failure(Kind::CommandNotFound, "x"), {}, {}, "commandNotFound", TerminalState::Forced},
    };
    for (const Case& each : cases) {
        CAPTURE(each.reason);
        Recorded r;
        r.backend.on_execute = [&](const auto&, const auto&) { return each.end; };
        CHECK(r.run(run_document()).has_value() == each.end.has_value());
        const auto events = r.sink.events();
        REQUIRE(events.size() == 5);
        const auto& completed = std::get<CommandCompleted>(events[2].data);
        CHECK(completed.exit_code == each.code);
        CHECK(completed.signal == each.signal);
        CHECK(completed.reason == each.reason);
        CHECK(std::get<ComplianceSummary>(events[3].data).exit_reason == each.reason);
        CHECK(std::get<CellDestroyed>(events[4].data).outcome == Outcome::Failed);
        CHECK(std::get<CellDestroyed>(events[4].data).terminal_state == each.terminal_state);
        CHECK(replay(events));
    }
}

TEST_CASE("What a workload took is told where it completes and in the summary") {
    const ResourceUsage usage{
        .wall = std::chrono::seconds{3}, .sandbox_cpu_time = std::chrono::milliseconds{70}};
    Recorded r;
    r.backend.on_execute = [&](const auto&, const RunContext& context) {
        context.report.usage = usage;
        return Result<ExitStatus>{ExitStatus::exited(0)};
    };
    REQUIRE(r.run(run_document()));
    auto events = r.sink.events();
    REQUIRE(events.size() == 5);
    CHECK(std::get<CommandCompleted>(events[2].data).usage == usage);
    CHECK(std::get<ComplianceSummary>(events[3].data).usage == usage);
    CHECK(replay(events));

    // A run that did not come to an end took nothing that could be told.
    r.backend.on_execute = [&](const auto&, const RunContext& context) -> Result<ExitStatus> {
        context.report.usage = usage;
        return failure(Kind::SandboxFailed, "panic");
    };
    CHECK_FALSE(r.run(run_document()));
    events = r.sink.events();
    CHECK_FALSE(std::get<CommandCompleted>(events[events.size() - 3].data).usage);
    CHECK_FALSE(std::get<ComplianceSummary>(events[events.size() - 2].data).usage);
}

TEST_CASE("A stop before the workload leaves a complete history without one") {
    Recorded r;
    std::stop_source stop;
    r.broker.on_resolve = [&](std::string_view) -> Result<Secret> {
        stop.request_stop();
        return Secret{"value"};
    };
    REQUIRE(r.run(full_document(), {.stop = stop.get_token()}));
    const auto events = r.sink.events();
    CHECK(
        names(events) ==
        Names{
            "identity.v1.materialized",
            "identity.v1.revoked",
            "compliance.v1.summary",
            "lifecycle.v1.destroyed",
        }
    );
    CHECK(std::get<ComplianceSummary>(events[2].data).exit_reason == "cancelled");
    CHECK(std::get<CellDestroyed>(events[3].data).terminal_state == TerminalState::Forced);
    CHECK(replay(events));
}

TEST_CASE("A failing tear-down is told as a failure, and is still the last word") {
    Recorded r;
    r.backend.on_destroy = [](const auto&) -> Result<TeardownReport> {
        return failure(Kind::TeardownIncomplete, "a mount is left");
    };
    REQUIRE(r.run(run_document()));
    const auto events = r.sink.events();
    CHECK(std::get<CellDestroyed>(events.back().data).outcome == Outcome::Failed);
    CHECK(std::get<CellDestroyed>(events.back().data).terminal_state == TerminalState::Forced);
    CHECK(replay(events));
}

TEST_CASE("Two sinks both get every event, and one that fails or throws stops nothing") {
    CallLog log;
    MemoryEventSink first;
    MemoryEventSink last;
    ScriptedSink failing{log};
    failing.on_emit = [](const auto&) -> Result<void> { return failure(Kind::EventSink, "full"); };
    ScriptedSink throwing{log};
    throwing.on_emit = [](const auto&) -> Result<void> { throw std::runtime_error{"boom"}; };
    Supervisor supervisor{
        ScriptedBackend{log},
        std::ref(first),
        std::ref(failing),
        std::ref(throwing),
        std::ref(last)};
    const auto report = supervisor.run(run_document());
    REQUIRE(report);
    CHECK(report->outcome == Outcome::Succeeded);
    CHECK(names(first.events()) == names(last.events()));
    CHECK(first.events().size() == 5);
    CHECK(first.events()[4].id == last.events()[4].id);

    REQUIRE(report->port_errors.size() == 10);
    CHECK(report->port_errors[0].kind == Kind::EventSink);
    CHECK(report->port_errors[0].message == "event sink (port 2), phase started: full");
    CHECK(
        report->port_errors[1].message ==
        "event sink (port 3), phase started: it threw an exception: boom"
    );
    CHECK(report->port_errors[2].message == "event sink (port 2), phase run: full");
}

TEST_CASE("No event holds an argument, a secret or the value of a variable") {
    Recorded r;
    auto document = full_document();
    document.spec.environment.emplace().variables = {{"LANG", "variable-value"}};
    REQUIRE(r.run(document));
    // Everything textual that an event can hold, told by walking through it.
    for (const CloudEvent& event : r.sink.events()) {
        std::visit(
            [](const auto& data) {
                std::string text = data.cell_id;
                if constexpr (requires { data.secret_ref; }) text += data.secret_ref;
                if constexpr (requires { data.reason; }) text += data.reason;
                if constexpr (requires { data.program; }) text += data.program;
                for (const char* hidden : {"s3cret-argument", "YEK_RESU", "variable-value"})
                    CHECK(text.find(hidden) == std::string::npos);
            },
            event.data
        );
    }
}
