// Events back from the JSON that was written of them.
#include "support/catch.hpp"

#include <cellos/json/event.hpp>
#include <cellos/json/parse_event.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace cellos;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

CloudEvent event_with(EventData data) {
    return {
        .id = "0b8f1c5e-6a6e-4b0f-9c3e-2f0a1d4c7e55",
        .source = "/cellos/supervisor/host-1",
        .type = std::string{event_type(data)},
        .subject = "urn:cellos:cell:build-42",
        .time = std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} + 9h + 5min + 7s + 42ms,
        .data = std::move(data),
        .provenance = Provenance{"parent-id", "parent-type"},
        .extensions = {{"cellrun", "life-1"}, {"signature", "abc="}},
    };
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("Every kind of event comes back as it was written") {
    const std::vector<EventData> kinds{
        CellStarted{"c", "s", "k", {}, "f", Correlation{.tenant_id = "t"}},
        IdentityMaterialized{"c", "TOKEN"},
        IdentityRevoked{"c", "TOKEN"},
        IdentityFailed{"c", "TOKEN", "unknown \"name\"\n"},
        ProcessSpawned{"c", "ls", 2, ExecutedOn::Cell},
        CommandCompleted{"c", 7, {}, "exited"},
        CommandCompleted{
            "c",
            {},
            9,
            "signaled",
            ResourceUsage{
                .wall = 3s,
                .user_time = 2s,
                .system_time = 0ns,
                .peak_memory_bytes = std::numeric_limits<std::uint64_t>::max(),
                .sandbox_cpu_time = std::chrono::nanoseconds::max(),
                .sandbox_peak_memory_bytes = 0}},
        ExportCompleted{"c", "log", "local", 12, "abc"},
        ExportFailed{"c", "log", "local", "no such file"},
        ComplianceSummary{"c", 60, 1, SecretDelivery::File, ExecutedOn::Host, 0, "exited", 3},
        CellDestroyed{"c", Outcome::Succeeded, TerminalState::Forced},
        PolicyAdmitted{"c", "strict", "1.2"},
        PolicyRefused{"c", "strict", "1.2", {"a: \"too\" much", "b"}},
        CellRefused{"c", "no room"},
    };
    CHECK(kinds.size() == std::variant_size_v<EventData> + 1);
    for (const EventData& kind : kinds) {
        const CloudEvent event = event_with(kind);
        const std::string text = to_json(event);
        const auto parsed = parse_event(text);
        if (!parsed) FAIL(parsed.error().what());
        CHECK(to_json(*parsed) == text);
        CHECK(parsed->data.index() == kind.index());
        CHECK(parsed->time == event.time);
        CHECK(parsed->extensions == event.extensions);
        CHECK(parsed->provenance->parent == "parent-id");
    }
}

TEST_CASE("An event that was not written here is refused, with each place that shows it") {
    const std::string text = to_json(event_with(IdentityRevoked{"c", "s3cret"}));
    struct Case {
        std::string from, to, complaint;
    };
    const std::vector<Case> cases{
        {R"("specversion":"1.0")", R"("specversion":"0.3")", "specversion: must be 1.0"},
        {R"("id":)", R"("ID":)", "id: is missing"},
        {R"("time":"2026-01-31T)", R"("time":"2026-02-31T)", "time: must be of the form"},
        {"09:05:07.042Z", "09:05:07Z", "time: must be of the form"},
        {"identity.v1.revoked", "identity.v2.revoked", "type: is none of this library's"},
        {R"("secretRef":"s3cret")", R"("secretRef":7)", "data.secretRef: must be a string"},
        {R"("cellId":"c",)", "", "data.cellId: is missing"},
        {R"("cellId":"c",)", R"("cellId":"c","more":1,)", "data.more: unknown field"},
        {R"("parent":"parent-id",)", "", "data.provenance.parent: is missing"},
        {R"("cellrun":"life-1")", R"("cellrun":1)", "cellrun: must be a string"},
        {R"("cellrun")", R"("cell_run")", "cell_run: unknown field"},
        {R"("data":)", R"("atad":)", "data: is missing"},
    };
    for (const Case& each : cases) {
        const auto parsed = parse_event(changed(text, each.from, each.to));
        REQUIRE_FALSE(parsed);
        CHECK_THAT(parsed.error().message, ContainsSubstring(each.complaint));
        CHECK(parsed.error().message.find("s3cret") == std::string::npos);
    }
    const auto several = parse_event(changed(
        changed(text, R"("specversion":"1.0")", R"("specversion":1)"), R"("id":)", R"("ID":)"
    ));
    REQUIRE_FALSE(several);
    CHECK_THAT(several.error().message, ContainsSubstring("specversion: must be a string"));
    CHECK_THAT(several.error().message, ContainsSubstring("\nid: is missing"));
}

TEST_CASE("A usage that nobody can have had is refused") {
    const auto text = to_json(event_with(CommandCompleted{
        "c", 0, {}, "exited", ResourceUsage{.wall = 3s, .peak_memory_bytes = 7}}));
    struct Case {
        std::string from, to, complaint;
    };
    const std::vector<Case> cases{
        {R"("wallNs":3000000000)", R"("wallNs":-1)", "data.usage.wallNs: is out of range"},
        {R"("wallNs":3000000000)",
         R"("wallNs":9223372036854775808)",
         "data.usage.wallNs: is out of range"},
        {R"("wallNs":3000000000)",
         R"("wallNs":0.5)",
         "data.usage.wallNs: must be an integer, without fraction or exponent"},
        {R"("wallNs":3000000000,)", "", "data.usage.wallNs: is missing"},
        {R"("peakMemoryBytes":7)",
         R"("peakMemoryBytes":-7)",
         "data.usage.peakMemoryBytes: is out of range"},
        {R"("peakMemoryBytes":7)",
         R"("peakMemoryBytes":"7")",
         "data.usage.peakMemoryBytes: must be an integer, not a string"},
        {R"("peakMemoryBytes":7)", R"("peakMemory":7)", "data.usage.peakMemory: unknown field"},
    };
    for (const Case& each : cases) {
        const auto parsed = parse_event(changed(text, each.from, each.to));
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().message == each.complaint);
    }
}

TEST_CASE("Half a line, a list and nothing at all are no events") {
    const std::string text = to_json(event_with(IdentityRevoked{"c", "s3cret"}));
    CHECK_THAT(
        parse_event(text.substr(0, text.size() / 2)).error().message,
        ContainsSubstring("malformed JSON")
    );
    CHECK_THAT(parse_event("[]").error().message, ContainsSubstring("must be an object"));
    CHECK_FALSE(parse_event(""));
}
