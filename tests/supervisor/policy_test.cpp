// Who decides which documents get a cell, when, and what is told of it.

#include "support/catch.hpp"
#include "support/scripted_backend.hpp"

#include <cellos/host/stub.hpp>
#include <cellos/lifecycle/replay.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace cellos;
using namespace cellos_test;
using Kind = CellosError::Kind;
using Calls = std::vector<std::string>;
using Catch::Matchers::ContainsSubstring;

namespace {

struct Decided {
    CallLog log{};
    ScriptedBackend backend{log};
    ScriptedPolicy policy{log};
    MemoryEventSink sink{};

    Result<CellReport> run(const ExecutionCellDocument& document) {
        ScriptedSink told{log};
        Supervisor supervisor{std::ref(backend), std::ref(sink), told, std::ref(policy)};
        return supervisor.run(document);
    }

    /// The decision that refused, as the event has it; nothing was created, and the history is
    /// whole.
    PolicyRefused refusal_of(const ExecutionCellDocument& document) {
        const auto report = run(document);
        REQUIRE_FALSE(report);
        CHECK(report.error().kind == Kind::PolicyRefused);
        CHECK(log.count("create") == 0);
        const auto events = sink.events();
        REQUIRE(events.size() == 1);
        CHECK(replay(events));
        auto refused = std::get<PolicyRefused>(events[0].data);
        std::string lines;
        for (const std::string& line : refused.violations)
            lines += (lines.empty() ? "" : "\n") + line;
        CHECK(report.error().message == lines);
        return refused;
    }
};

ExecutionCellDocument document_naming(std::string id, std::string version) {
    auto document = run_document();
    document.spec.policy = PolicyReference{std::move(id), std::move(version)};
    return document;
}

} // namespace

TEST_CASE("A document that names a policy pack is refused where there is no policy") {
    MemoryEventSink sink;
    CallLog log;
    const auto refused = [&](auto supervisor) {
        const auto report = supervisor.run(document_naming("strict", "1.2"));
        REQUIRE_FALSE(report);
        CHECK(report.error().kind == Kind::PolicyRefused);
        CHECK_THAT(report.error().what(), ContainsSubstring("refused by policy: spec.policy: "));
    };
    refused(Supervisor<StubCellBackend>{});
    refused(Supervisor{ScriptedBackend{log}, std::ref(sink)});
    CHECK(log.calls().empty());
    const auto events = sink.events();
    REQUIRE(events.size() == 1);
    CHECK(replay(events));
    const auto& event = std::get<PolicyRefused>(events[0].data);
    CHECK(event.pack_id == "strict");
    CHECK(event.pack_version == "1.2");
    CHECK(event.violations.size() == 1);
}

TEST_CASE("A policy decides once on each valid document, before its cell exists, and it is told") {
    Decided d;
    REQUIRE(d.run(lifecycle_document()));
    CHECK(
        d.log.calls() ==
        Calls{
            "decide cell-1",
            "event policy.v1.admitted",
            "create",
            "event lifecycle.v1.started",
            "destroy",
            "event compliance.v1.summary",
            "event lifecycle.v1.destroyed"}
    );
    const auto events = d.sink.events();
    CHECK(replay(events));
    CHECK(std::get<PolicyAdmitted>(events[0].data).pack_id == "scripted");
    CHECK(std::get<PolicyAdmitted>(events[0].data).pack_version == "1");
    CHECK_FALSE(events[0].provenance);

    CHECK_FALSE(d.run({}));
    CHECK(d.log.count("decide cell-1") == 1);
    REQUIRE(d.run(document_naming("scripted", "1")));
}

TEST_CASE("What a policy does not allow is refused with all of it, and no cell is made") {
    Decided d;
    d.policy.on_decide = [](const auto&) {
        return PolicyDecision{{"scripted", "1"}, {"spec.a: is too much", "spec.b: is too little"}};
    };
    const auto refused = d.refusal_of(run_document());
    CHECK(refused.pack_id == "scripted");
    CHECK(refused.violations == Calls{"spec.a: is too much", "spec.b: is too little"});
}

TEST_CASE("Nothing is admitted by a policy that fails, names no pack, or decides by another one") {
    using Decide = std::function<Result<PolicyDecision>(const ExecutionCellDocument&)>;
    const auto by = [](std::string id, std::string version) -> Decide {
        return [=](const auto&) { return PolicyDecision{.pack = {id, version}}; };
    };
    const std::string port = "admission policy script (port 3), phase admit: ";
    const std::string another = "spec.policy: names another pack than the one that decided";
    struct Row {
        Decide decide;
        std::string said;
    };
    const std::vector<Row> rows{
        {[](const auto&) { return failure(Kind::Host, "no connection"); },
         port + "host error: no connection"},
        {[](const auto&) -> Result<PolicyDecision> { throw std::runtime_error{"no memory"}; },
         port + "decide threw an exception: no memory"},
        {by("", ""), port + "its decision names no pack"},
        {by("strict", ""), port + "its decision names no pack"},
        {by("scripted", "1"), another},
        {by("strict", "1"), another},
    };
    for (const Row& row : rows) {
        CAPTURE(row.said);
        Decided d;
        d.policy.on_decide = row.decide;
        CHECK(d.refusal_of(document_naming("strict", "1.0")).violations == Calls{row.said});
    }
}

TEST_CASE("What was admitted and could not be created ends its history with the reason") {
    Decided d;
    d.backend.on_create = [](const auto&) { return failure(Kind::Host, "no room"); };
    const auto report = d.run(run_document());
    REQUIRE_FALSE(report);
    CHECK(report.error().kind == Kind::Host);
    const auto events = d.sink.events();
    REQUIRE(events.size() == 2);
    CHECK(replay(events));
    CHECK(std::get<CellRefused>(events[1].data).reason == "host error: no room");
    CHECK(events[1].provenance->parent == events[0].id);
    CHECK_FALSE(replay(std::vector{events[0]}));

    SECTION("without a policy there is no history to end") {
        MemoryEventSink sink;
        Supervisor supervisor{std::ref(d.backend), std::ref(sink)};
        CHECK_FALSE(supervisor.run(run_document()));
        CHECK(sink.events().empty());
    }
}

TEST_CASE("A policy is not asked about what is refused without it") {
    Decided d;
    auto document = run_document();
    document.spec.authority.secret_refs = {"TOKEN"};
    const auto report = d.run(document);
    REQUIRE_FALSE(report);
    CHECK(report.error().kind == Kind::SecretBroker);
    CHECK(d.log.calls().empty());
}
