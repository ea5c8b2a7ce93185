#include "json/schema_check.hpp"
#include "support/catch.hpp"

#include <cellos/json/event.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

using cellos::CloudEvent;
using cellos::EventData;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

CloudEvent event_with(EventData data) {
    CloudEvent event;
    event.id = "0b8f1c5e-6a6e-4b0f-9c3e-2f0a1d4c7e55";
    event.source = "/cellos/supervisor/host-1";
    event.type = event_type(data);
    event.subject = "urn:cellos:cell:build-42";
    event.time = std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} + 9h + 5min + 7s + 42ms;
    event.data = std::move(data);
    return event;
}

struct Case {
    EventData data;
    std::string json;
};

std::vector<Case> every_kind_of_event() {
    using namespace cellos;
    return {
        {CellStarted{"c", "s", "k", {}, "f", Correlation{.tenant_id = "t"}},
         R"({"cellId":"c","specId":"s","kernelDigestSha256":"k","firecrackerDigestSha256":"f",)"
         R"("correlation":{"tenantId":"t"}})"},
        {CellStarted{"c", "s", {}, "r", {}, {}},
         R"({"cellId":"c","specId":"s","rootfsDigestSha256":"r"})"},
        {IdentityMaterialized{"c", "API_TOKEN"}, R"({"cellId":"c","secretRef":"API_TOKEN"})"},
        {IdentityRevoked{"c", "API_TOKEN"}, R"({"cellId":"c","secretRef":"API_TOKEN"})"},
        {IdentityFailed{"c", "API_TOKEN", "unknown"},
         R"({"cellId":"c","secretRef":"API_TOKEN","reason":"unknown"})"},
        {ProcessSpawned{"c", "ls", 2, ExecutedOn::Cell},
         R"({"cellId":"c","program":"ls","argumentCount":2,"executedOn":"cell"})"},
        {CommandCompleted{"c", 7, {}, "exited"},
         R"({"cellId":"c","exitCode":7,"reason":"exited"})"},
        {CommandCompleted{"c", {}, 9, "signaled"},
         R"({"cellId":"c","signal":9,"reason":"signaled"})"},
        {CommandCompleted{"c", {}, {}, "timedOut"}, R"({"cellId":"c","reason":"timedOut"})"},
        {CommandCompleted{"c", 0, {}, "exited", ResourceUsage{.wall = 3s, .user_time = 20ms}},
         R"({"cellId":"c","exitCode":0,"reason":"exited",)"
         R"("usage":{"wallNs":3000000000,"userTimeNs":20000000}})"},
        {ExportCompleted{"c", "log", "local", 12, "abc"},
         R"({"cellId":"c","name":"log","targetKind":"local","sizeBytes":12,"sha256":"abc"})"},
        {ExportFailed{"c", "log", "local", "no such file"},
         R"({"cellId":"c","name":"log","targetKind":"local","reason":"no such file"})"},
        {ComplianceSummary{
             "c", 60, 1, SecretDelivery::File, ExecutedOn::Host, 0, "exited", 3, false},
         R"({"cellId":"c","ttlSeconds":60,"egressRuleCount":1,"secretDelivery":"file",)"
         R"("executedOn":"host","exitCode":0,"exitReason":"exited","peersTrackedAfter":3,)"
         R"("egressEnforced":false})"},
        {ComplianceSummary{
             .cell_id = "c",
             .ttl_seconds = 60,
             .exit_reason = "cpuTimeExceeded",
             .usage =
                 ResourceUsage{
                     .wall = 1ns,
                     .user_time = 2ns,
                     .system_time = 3ns,
                     .peak_memory_bytes = 4,
                     .sandbox_cpu_time = 5ns,
                     .sandbox_peak_memory_bytes = 6}},
         R"({"cellId":"c","ttlSeconds":60,"egressRuleCount":0,"secretDelivery":"env",)"
         R"("executedOn":"nowhere","exitReason":"cpuTimeExceeded","peersTrackedAfter":0,)"
         R"("usage":{"wallNs":1,"userTimeNs":2,"systemTimeNs":3,"peakMemoryBytes":4,)"
         R"("sandboxCpuTimeNs":5,"sandboxPeakMemoryBytes":6}})"},
        {ComplianceSummary{"c", 60, 0, SecretDelivery::Env, ExecutedOn::Nowhere, {}, {}, 0},
         R"({"cellId":"c","ttlSeconds":60,"egressRuleCount":0,"secretDelivery":"env",)"
         R"("executedOn":"nowhere","peersTrackedAfter":0})"},
        {CellDestroyed{"c", Outcome::Succeeded, TerminalState::Forced},
         R"({"cellId":"c","outcome":"succeeded","terminalState":"forced"})"},
        {PolicyAdmitted{"c", "strict", "1.2"},
         R"({"cellId":"c","packId":"strict","packVersion":"1.2"})"},
        {PolicyRefused{"c", "strict", "1.2", {"a: is too much", "b: is too little"}},
         R"({"cellId":"c","packId":"strict","packVersion":"1.2",)"
         R"("violations":["a: is too much","b: is too little"]})"},
        {PolicyRefused{"c", {}, {}, {"nobody knows"}},
         R"({"cellId":"c","violations":["nobody knows"]})"},
        {CellRefused{"c", "no room"}, R"({"cellId":"c","reason":"no room"})"},
    };
}

} // namespace

TEST_CASE("An event is one line of structured CloudEvents JSON") {
    CloudEvent event = event_with(cellos::IdentityRevoked{"build-42", "API_TOKEN"});
    event.provenance = cellos::Provenance{"parent-id", "parent-type"};
    CHECK(
        to_json(event) ==
        R"({"specversion":"1.0","id":"0b8f1c5e-6a6e-4b0f-9c3e-2f0a1d4c7e55",)"
        R"("source":"/cellos/supervisor/host-1",)"
        R"("type":"dev.cellos.events.cell.identity.v1.revoked",)"
        R"("subject":"urn:cellos:cell:build-42","time":"2026-01-31T09:05:07.042Z",)"
        R"("datacontenttype":"application/json",)"
        R"("data":{"cellId":"build-42","secretRef":"API_TOKEN",)"
        R"("provenance":{"parent":"parent-id","parentType":"parent-type"}}})"
    );
}

TEST_CASE("Each kind of event has data of its own") {
    for (const Case& test : every_kind_of_event()) {
        const json event = json::parse(to_json(event_with(test.data)));
        CHECK(event.at("type") == std::string{event_type(test.data)});
        CHECK(event.at("data") == json::parse(test.json));
    }
}

TEST_CASE("Time is UTC to the millisecond, rounded down") {
    using std::chrono::system_clock;
    const auto [since_epoch, text] = GENERATE(table<std::chrono::microseconds, std::string>({
        {0us, "1970-01-01T00:00:00.000Z"},
        {1'999us, "1970-01-01T00:00:00.001Z"},
        {-1us, "1969-12-31T23:59:59.999Z"},
        {951'827'696s + 500ms, "2000-02-29T12:34:56.500Z"},
        {4'107'542'399s, "2100-02-28T23:59:59.000Z"},
    }));
    CloudEvent event = event_with(cellos::CellDestroyed{});
    event.time = system_clock::time_point{since_epoch};
    CHECK(json::parse(to_json(event)).at("time") == text);
}

TEST_CASE("Text that is not UTF-8 does not keep an event from being written") {
    CHECK_THAT(
        to_json(event_with(cellos::IdentityFailed{"c", "r", "\xFF"})),
        Catch::Matchers::ContainsSubstring("\"reason\":\"\xEF\xBF\xBD\"")
    );
}

TEST_CASE("Events satisfy the CloudEvents schema") {
    if (!cellos::test::can_check_schemas) CELLOS_SKIP("needs valijson");
    std::ifstream file{std::filesystem::path{CELLOS_CLOUDEVENTS_DIR} / "schema.json"};
    const cellos::test::SchemaCheck check{json::parse(file)};
    for (const Case& test : every_kind_of_event())
        CHECK(check(json::parse(to_json(event_with(test.data)))) == "");

    CloudEvent nameless = event_with(cellos::CellDestroyed{});
    nameless.id.clear();
    CHECK(check(json::parse(to_json(nameless))) != "");
}
