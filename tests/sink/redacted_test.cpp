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
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace cellos;
using namespace cellos_test;
using Catch::Matchers::ContainsSubstring;
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
    KnownSecrets{secrets}.learn({.cell_id = "cell"}, value);
    return watch.redact(std::move(text));
}

} // namespace

TEST_CASE("A value is replaced wherever it stands, and in the forms that programs write it in") {
    CHECK(redact("hunter2", "say hunter2 and hunter2hunter2") == "say [redacted] and [redacted]");
    CHECK(redact("hunter2", "nothing here") == "nothing here");
    CHECK(redact("a\"b\n\x01", R"(as JSON: "a\"b\n\u0001")") == R"(as JSON: "[redacted]")");
    CHECK(redact("hunter2", "68756e74657232 68756E74657232") == "[redacted] [redacted]");
    // base64 of hunter2, xhunter2, xyhunter2 and xyzhunter2y: what the neighbours change is left.
    CHECK(redact("hunter2", "aHVudGVyMg==") == "[redacted]g==");
    CHECK(redact("hunter2", "eGh1bnRlcjI=") == "eG[redacted]I=");
    CHECK(redact("hunter2", "eHlodW50ZXIy") == "eHl[redacted]");
    CHECK(redact("hunter2", "eHl6aHVudGVyMnk=") == "eHl6[redacted]nk=");
    CHECK(redact("\xFB\xFF\xFE\xFB\xFF", "-__--_8") == "[redacted]8");
    CHECK(redact("", "anything") == "anything");
    CHECK(redact("7", "17 of 77") == "1[redacted] of [redacted]");
    CHECK(redact("redacted", "it was redacted") == "it was [redacted]");
}

TEST_CASE("Of values that overlap nothing is left over") {
    KnownSecrets secrets;
    const auto watch = secrets.watch();
    secrets.learn({}, "hunter");
    secrets.learn({}, "hunter2");
    secrets.learn({}, "2 and more");
    CHECK(watch.redact("hunter2 and more!") == "[redacted]!");
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
    document.spec.id = "cell-hunter2";

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

TEST_CASE("A value is looked for as long as its cell lives, in the events of all cells") {
    KnownSecrets secrets;
    MemoryEventSink sink;
    MemoryEventSink other_sink;
    Redacted redacted{std::ref(sink), secrets};
    Redacted other{std::ref(other_sink), secrets};
    const auto reason = [&](const std::string& cell) {
        static_cast<void>(redacted.emit({.data = IdentityFailed{cell, "T", "hunter2"}}));
        return std::get<IdentityFailed>(sink.drain().back().data).reason;
    };
    CHECK(reason("cell-1") == "hunter2");
    const auto end_of = [](const std::string& run) {
        CloudEvent event{.data = CellDestroyed{"cell-1"}};
        if (!run.empty()) event.extensions.emplace(cell_run_attribute, run);
        return event;
    };
    secrets.learn({.cell_id = "cell-1", .run_id = "run-1"}, "hunter2");
    CHECK(reason("cell-1") == "[redacted]");
    CHECK(reason("cell-2") == "[redacted]");

    // The same id, but another life, or nobody knows which.
    for (const char* run : {"run-2", ""}) {
        static_cast<void>(redacted.emit(end_of(run)));
        static_cast<void>(other.emit(end_of(run)));
    }
    CHECK(reason("cell-1") == "[redacted]");

    // Both sinks have to have seen the end.
    static_cast<void>(redacted.emit(end_of("run-1")));
    CHECK(reason("cell-1") == "[redacted]");
    static_cast<void>(other.emit(end_of("run-1")));
    CHECK(reason("cell-1") == "hunter2");
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
