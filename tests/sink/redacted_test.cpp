// No value of a secret leaves in an event, whatever put it there.
#include "support/catch.hpp"
#include "support/scripted_backend.hpp"

#include <cellos/broker/memory.hpp>
#include <cellos/json/event.hpp>
#include <cellos/lifecycle/replay.hpp>
#include <cellos/redaction/redacted.hpp>
#include <cellos/redaction/redacting.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace cellos;
using namespace cellos_test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using Kind = CellosError::Kind;

namespace {

std::string text_of(const std::vector<CloudEvent>& events) {
    std::string text;
    for (const CloudEvent& event : events) text += to_json(event) + '\n';
    return text;
}

std::string redact(const std::string& value, std::string text) {
    const KnownSecrets secrets;
    const auto watch = secrets.watch();
    REQUIRE(KnownSecrets{secrets}.learn({.cell_id = "cell"}, "TOKEN", value));
    return watch.redact(std::move(text), {.cell_id = "cell"});
}

} // namespace

TEST_CASE("A value is replaced wherever it stands, and in the forms that programs write it in") {
    CHECK(redact("hunter2", "say hunter2 and hunter2hunter2") == "say [redacted] and [redacted]");
    CHECK(redact("hunter2", "nothing here") == "nothing here");
    CHECK(redact("a\"bcd\n\x01", R"(as JSON: "a\"bcd\n\u0001")") == R"(as JSON: "[redacted]")");
    CHECK(redact("hunter2", "68756e74657232 68756E74657232") == "[redacted] [redacted]");
    // base64 of hunter2, xhunter2, xyhunter2 and xyzhunter2y: what the neighbours change is left.
    CHECK(redact("hunter2", "aHVudGVyMg==") == "[redacted]g==");
    CHECK(redact("hunter2", "eGh1bnRlcjI=") == "eG[redacted]I=");
    CHECK(redact("hunter2", "eHlodW50ZXIy") == "eHl[redacted]");
    CHECK(redact("hunter2", "eHl6aHVudGVyMnk=") == "eHl6[redacted]nk=");
    CHECK(redact("\xFB\xFF\xFE\xFB\xFF\xFE\xFB", "-__--__--w") == "[redacted]w");
    CHECK(redact("", "anything") == "anything");
    CHECK(redact("redacted", "it was redacted") == "it was [redacted]");
}

TEST_CASE("Of values that overlap nothing is left over") {
    KnownSecrets secrets;
    const auto watch = secrets.watch();
    for (const char* value : {"hunter", "hunter2", "2 and more"})
        REQUIRE(secrets.learn({.cell_id = "cell"}, "TOKEN", value));
    CHECK(watch.redact("hunter2 and more!", {.cell_id = "cell"}) == "[redacted]!");
}

TEST_CASE("Events of a run hold no secret, whoever put it there") {
    CallLog log;
    ExportingBackend backend{log};
    ScriptedExport exporter{log};
    ScriptedBroker broker{log};
    broker.on_resolve = [](std::string_view) -> Result<Secret> { return Secret{"hunter2"}; };
    // Careless ports, and a document whose author wrote the secret into everything.
    exporter.on_export = [](const auto&) -> Result<ExportReceipt> {
        return failure(Kind::ExportSink, "PUT https://user:hunter2@store failed");
    };
    broker.on_revoke = []() -> Result<void> {
        return failure(Kind::SecretBroker, "cannot revoke hunter2");
    };
    ExecutionCellDocument document = run_document({"/bin/hunter2"});
    document.spec.authority.secret_refs = {"TOKEN"};
    document.spec.export_.emplace().artifacts = {{"log-hunter2", "/log"}};
    document.spec.correlation.emplace().labels = {{"hunter2", "x"}, {"y", "aHVudGVyMg=="}};

    KnownSecrets secrets;
    MemoryEventSink sink;
    Supervisor supervisor{
        std::ref(backend),
        std::ref(exporter),
        Redacting{std::ref(broker), secrets},
        Redacted{std::ref(sink), secrets}};
    REQUIRE(supervisor.run(document));
    const auto events = sink.events();
    CHECK(events.size() == 8);
    CHECK(text_of(events).find("hunter2") == std::string::npos);
    CHECK(text_of(events).find("aHVudGVyM") == std::string::npos);
    CHECK_THAT(text_of(events), ContainsSubstring("user:[redacted]@store"));
    CHECK_THAT(text_of(events), ContainsSubstring("cannot revoke [redacted]"));
    CHECK(replay(events));
}

TEST_CASE("A value is looked for as long as its cell lives, and in the events of no other") {
    KnownSecrets secrets;
    MemoryEventSink sink;
    MemoryEventSink other_sink;
    Redacted redacted{std::ref(sink), secrets};
    Redacted other{std::ref(other_sink), secrets};
    const auto reason = [&](const std::string& cell, const std::string& run = {}) {
        CloudEvent event{.data = IdentityFailed{cell, "T", "hunter2"}};
        if (!run.empty()) event.extensions.emplace(cell_run_attribute, run);
        static_cast<void>(redacted.emit(event));
        return std::get<IdentityFailed>(sink.drain().back().data).reason;
    };
    CHECK(reason("cell-1") == "hunter2");
    const auto end_of = [](const std::string& run) {
        CloudEvent event{.data = CellDestroyed{"cell-1"}};
        if (!run.empty()) event.extensions.emplace(cell_run_attribute, run);
        return event;
    };
    REQUIRE(secrets.learn({.cell_id = "cell-1", .run_id = "run-1"}, "TOKEN", "hunter2"));
    CHECK(reason("cell-1", "run-1") == "[redacted]");
    CHECK(reason("cell-2", "run-2") == "hunter2");
    CHECK(reason("cell-1", "run-2") == "hunter2"); // another life of the same id
    // Of an event without the name of its life, the cell's id decides.
    CHECK(reason("cell-1") == "[redacted]");
    CHECK(reason("cell-2") == "hunter2");

    // The same id, but another life, or nobody knows which.
    for (const char* run : {"run-2", ""}) {
        static_cast<void>(redacted.emit(end_of(run)));
        static_cast<void>(other.emit(end_of(run)));
    }
    CHECK(reason("cell-1", "run-1") == "[redacted]");

    // Both sinks have to have seen the end.
    static_cast<void>(redacted.emit(end_of("run-1")));
    CHECK(reason("cell-1", "run-1") == "[redacted]");
    static_cast<void>(other.emit(end_of("run-1")));
    CHECK(reason("cell-1", "run-1") == "hunter2");
}

TEST_CASE("What names, counts or proves something is never altered, whatever the secret is") {
    // Each stands in some of these, and none in the cell's id.
    const std::vector<std::string> values{
        "urn:cellos",
        "dev.cellos.events",
        "/cellos/supervisor",
        "0123456789",
        "deadbeef",
        "cellrun",
        "exited",
        "succeeded",
        "TOKENS",
        "20260131"};
    const std::string digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789deadbeef";
    std::vector<CloudEvent> before;
    const auto add = [&](EventData data) {
        CloudEvent event{
            .id = "01234567-89ab-4cde-8f01-0123456789ab",
            .source = "/cellos/supervisor/deadbeef",
            .subject = "urn:cellos:cell:bank-42",
            .data = std::move(data),
            .provenance = Provenance{"0123456789", "dev.cellos.events"}};
        event.type = event_type(event.data);
        event.extensions = {{"cellrun", "0123456789"}, {"cellsequence", "20260131"}};
        before.push_back(std::move(event));
    };
    add(CellStarted{"bank-42", "bank-42", digest, digest, digest, {}});
    add(IdentityMaterialized{"bank-42", "MY_TOKENS"});
    add(IdentityRevoked{"bank-42", "MY_TOKENS"});
    add(CommandCompleted{.cell_id = "bank-42", .exit_code = 20260131, .reason = "exited"});
    add(ExportCompleted{"bank-42", "log", "local", 123456789, digest});
    add(ComplianceSummary{.cell_id = "bank-42", .exit_reason = "exited"});
    add(CellDestroyed{"bank-42", Outcome::Succeeded});

    for (const std::string& value : values) {
        CAPTURE(value);
        KnownSecrets secrets;
        MemoryEventSink sink;
        Redacted redacted{std::ref(sink), secrets};
        REQUIRE(secrets.learn({.cell_id = "bank-42", .run_id = "0123456789"}, "REF", value));
        for (const CloudEvent& event : before) REQUIRE(redacted.emit(event));
        CHECK(text_of(sink.events()) == text_of(before));
    }
}

TEST_CASE("A secret that could not be kept out of the events is not given to the cell") {
    CallLog log;
    ScriptedBackend backend{log};
    MemorySecretBroker memory;
    KnownSecrets secrets;
    MemoryEventSink sink;
    Supervisor supervisor{
        std::ref(backend), Redacting{std::ref(memory), secrets}, Redacted{std::ref(sink), secrets}};
    const auto refusal = [&](const std::string& id, const std::string& value) {
        memory.set("TOKEN_OF_BANK", Secret{value});
        auto document = run_document();
        document.spec.id = id;
        document.spec.authority.secret_refs = {"TOKEN_OF_BANK"};
        const auto report = supervisor.run(document);
        const auto events = sink.drain();
        CHECK(replay(events));
        if (report) return std::string{};
        CHECK(report.error().kind == Kind::SecretBroker);
        CHECK(std::holds_alternative<IdentityFailed>(events.front().data));
        return report.error().message;
    };
    for (const char* value : {"1", "42", "cell", "12345"}) {
        const std::string message = refusal("bank-42", value);
        CHECK_THAT(message, ContainsSubstring("the value of TOKEN_OF_BANK has fewer than 6 bytes"));
    }
    for (const char* value : {"bank-42", "OF_BANK", "TOKEN_OF_BANK"})
        CHECK_THAT(
            refusal("bank-42", value), ContainsSubstring("is a part of the cell's id or of")
        );
    CHECK_THAT(
        refusal("id-68756e74657232", "hunter2"), ContainsSubstring("is a part of the cell's id")
    );
    CHECK(refusal("bank-42", "hunter2") == "");
    CHECK(refusal("bank-42", "") == "");
}

TEST_CASE("Without a sink that redacts, any value is a secret") {
    MemorySecretBroker memory;
    memory.set("PIN", Secret{"1"});
    Redacting broker{std::ref(memory), KnownSecrets{}};
    CHECK(broker.resolve("PIN", {.cell_id = "cell-1"})->reveal() == "1");
}

TEST_CASE("Two labels whose names become one are both kept") {
    KnownSecrets secrets;
    MemoryEventSink sink;
    Redacted redacted{std::ref(sink), secrets};
    REQUIRE(secrets.learn({.cell_id = "cell"}, "TOKEN", "hunter2"));
    Correlation correlation;
    correlation.labels = {{"hunter2", "first"}, {"68756e74657232", "second"}};
    REQUIRE(redacted.emit({.data = CellStarted{.cell_id = "cell", .correlation = correlation}}));
    const auto kept = std::get<CellStarted>(sink.drain().front().data).correlation->labels;
    CHECK(kept.size() == 2);
    for (const auto& [name, value] : kept) CHECK_THAT(name, StartsWith("[redacted]"));
}

TEST_CASE("Events that come later and from another thread still end the search for their own life"
) {
    CallLog log;
    ScriptedBackend backend{log};
    ScriptedBroker broker{log};
    int resolved = 0;
    broker.on_resolve = [&](std::string_view) -> Result<Secret> {
        return Secret{++resolved == 1 ? "hunter2" : "swordfish"};
    };
    KnownSecrets secrets;
    MemoryEventSink queue;
    MemoryEventSink sink;
    Redacted redacted{std::ref(sink), secrets};
    Supervisor supervisor{std::ref(backend), Redacting{std::ref(broker), secrets}, std::ref(queue)};
    auto document = run_document();
    document.spec.authority.secret_refs = {"TOKEN"};
    // A second life of the same id within the first one, led by the same thread.
    backend.on_execute = [&](const auto&, const auto&) -> Result<ExitStatus> {
        if (resolved == 1) {
            CHECK(supervisor.run(document));
        }
        return ExitStatus::exited(0);
    };
    REQUIRE(supervisor.run(document));

    std::vector<std::string> seen;
    std::jthread{[&] {
        for (const CloudEvent& event : queue.drain()) {
            static_cast<void>(redacted.emit(event));
            if (!std::holds_alternative<CellDestroyed>(event.data) && !seen.empty()) continue;
            // Of no life by name, so that both have the id of this cell.
            static_cast<void>(
                redacted.emit({.data = IdentityFailed{"cell-1", "T", "hunter2 swordfish"}})
            );
            seen.push_back(std::get<IdentityFailed>(sink.drain().back().data).reason);
        }
    }}.join();
    CHECK(
        seen ==
        std::vector<std::string>{
            "[redacted] [redacted]", "[redacted] swordfish", "hunter2 swordfish"}
    );
}

TEST_CASE("A broker's secrets and errors come through a Redacting one unchanged") {
    MemorySecretBroker memory;
    memory.set("TOKEN", Secret{"value"});
    KnownSecrets secrets;
    Redacting broker{std::ref(memory), secrets};
    STATIC_REQUIRE(SecretBroker<decltype(broker)>);
    STATIC_REQUIRE(decltype(broker)::name == MemorySecretBroker::name);
    const CellHandle cell{.cell_id = "cell-1"};
    CHECK(broker.resolve("TOKEN", cell)->reveal() == "value");
    CHECK(broker.resolve("OTHER", cell).error().kind == Kind::SecretBroker);
    CHECK(memory.holders() == std::vector<std::string>{"cell-1"});
    CHECK(broker.revoke_for_cell("cell-1"));
    CHECK(memory.holders().empty());
}
