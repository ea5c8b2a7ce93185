// Signed events: what was changed, moved or left out is found, and there is no signing without a
// key.
#include "sink/key_pair.hpp"
#include "support/catch.hpp"
#include "support/lines_of.hpp"
#include "support/scripted_backend.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/evidence/audit.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/json/event.hpp>
#include <cellos/openssl/sha256.hpp>
#include <cellos/openssl/signed.hpp>
#include <cellos/redaction/redacted.hpp>
#include <cellos/redaction/redacting.hpp>
#include <cellos/sink/json_lines.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace cellos;
using namespace cellos_test;
using Catch::Matchers::ContainsSubstring;
using Lines = std::vector<std::string>;
using Kind = CellosError::Kind;

namespace {

Ed25519PrivateKey signing_key(const KeyPair& keys) {
    return Ed25519PrivateKey::from_pem(keys.private_pem).value();
}

Lines lines_of(const std::vector<CloudEvent>& events) {
    Lines lines;
    for (const CloudEvent& event : events) lines.push_back(to_json(event));
    return lines;
}

AuditReport audit(const Lines& lines, EventAudit::Options options) {
    EventAudit audit{std::move(options)};
    for (const std::string& line : lines) audit.line(line);
    return std::move(audit).finish();
}

EventAudit::Options signed_with(const KeyPair& keys) {
    return {openssl_sha256(), Ed25519PublicKey::from_pem(keys.public_pem).value().check()};
}

// "line: message" of each finding.
std::string findings(const AuditReport& report) {
    std::string text;
    for (const auto& each : report.findings)
        text += std::to_string(each.line) + ": " + each.message + '\n';
    return text;
}

Lines signed_runs(const KeyPair& keys, int count) {
    MemoryEventSink sink;
    Supervisor supervisor{StubCellBackend{}, Signed{std::ref(sink), signing_key(keys)}};
    for (int i = 0; i < count; ++i) {
        const auto report = supervisor.run(lifecycle_document("cell-" + std::to_string(i)));
        REQUIRE(report);
        REQUIRE(report->port_errors.empty());
    }
    return lines_of(sink.events());
}

} // namespace

TEST_CASE("A file of signed events is accepted with the key that signed it, and with no other") {
    const KeyPair keys, others;
    const Lines lines = signed_runs(keys, 2);
    const auto report = audit(lines, signed_with(keys));
    CHECK(findings(report) == "");
    CHECK(report.events == 6);
    CHECK(report.lives == 2);
    CHECK(report.signed_events == 6);
    CHECK_THAT(
        findings(audit(lines, signed_with(others))),
        ContainsSubstring("1: is signed with another key")
    );
    // Without a key the links alone still show what is missing.
    CHECK(findings(audit(lines, {openssl_sha256(), {}})) == "");
}

TEST_CASE("What was done to signed events is told by its line") {
    const KeyPair keys;
    Lines lines = signed_runs(keys, 3);
    const auto found = [&] { return findings(audit(lines, signed_with(keys))); };
    SECTION("a life left out") {
        lines.erase(lines.begin() + 3, lines.begin() + 6);
        CHECK(found() == "4: is event 7 of its chain, and event 4 does not stand before it\n");
    }
    SECTION("the first life left out") {
        lines.erase(lines.begin(), lines.begin() + 3);
        CHECK(found() == "1: is event 4 of its chain, and event 1 does not stand before it\n");
    }
    SECTION("a life moved") {
        std::rotate(lines.begin(), lines.begin() + 3, lines.begin() + 6);
        CHECK_THAT(found(), ContainsSubstring("4: is doubled, or stands behind a later event"));
    }
    SECTION("the end cut off") {
        lines.pop_back();
        CHECK(found() == "8: is the cell's last event, but not its end\n");
    }
    SECTION("a signature taken away") {
        const auto at = lines[4].find(",\"signature\"");
        lines[4].erase(at, lines[4].find(",\"sigprevious\"") - at);
        CHECK_THAT(found(), ContainsSubstring("5: has lost its signature\n"));
        CHECK_THAT(found(), ContainsSubstring("6: does not follow the event before it"));
    }
    SECTION("an unsigned event put in") {
        MemoryEventSink sink;
        REQUIRE(Supervisor{StubCellBackend{}, std::ref(sink)}.run(lifecycle_document("intruder")));
        const Lines more = lines_of(sink.events());
        lines.insert(lines.begin() + 3, more.begin(), more.end());
        CHECK(found() == "4: is not signed\n5: is not signed\n6: is not signed\n");
    }
    SECTION("written differently") {
        lines[0].insert(1, " ");
        CHECK_THAT(found(), ContainsSubstring("1: is not written as events are"));
    }
    SECTION("half a line") {
        lines[8].resize(lines[8].size() / 2);
        CHECK_THAT(found(), ContainsSubstring("9: is no event"));
        CHECK_THAT(found(), ContainsSubstring("8: is the cell's last event, but not its end"));
    }
}

TEST_CASE("Signed, redacted JSON lines are one sink, and what is signed is what was redacted") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "events.jsonl";
    const KeyPair keys;
    CallLog log;
    ScriptedBroker broker{log};
    broker.on_resolve = [](auto) -> Result<Secret> { return Secret{"hunter2"}; };
    ExecutionCellDocument document = lifecycle_document("cell-1");
    document.spec.correlation.emplace().labels["note"] = "hunter2";
    document.spec.authority.secret_refs = {"TOKEN"};
    const auto run = [&](auto sink, KnownSecrets secrets) {
        Supervisor supervisor{
            StubCellBackend{}, Redacting{std::ref(broker), secrets}, std::move(sink)};
        const auto report = supervisor.run(document);
        REQUIRE(report);
        CHECK(report->port_errors.empty());
    };
    KnownSecrets secrets;
    Signed inside_out{Redacted{JsonLinesEventSink{path}, secrets}, signing_key(keys)};
    STATIC_REQUIRE(std::is_same_v<decltype(inside_out), Signed<Redacted<JsonLinesEventSink>>>);
    STATIC_REQUIRE(EventSink<decltype(inside_out)>);
    run(std::move(inside_out), secrets);
    KnownSecrets others;
    run(Redacted{Signed{JsonLinesEventSink{path}, signing_key(keys)}, others}, others);

    const Lines lines = lines_of(path);
    CHECK(lines.size() == 10);
    for (const std::string& line : lines) CHECK(line.find("hunter2") == std::string::npos);
    CHECK(findings(audit(lines, signed_with(keys))) == "");
}

TEST_CASE("An event that could not be passed on leaves a gap in the chain") {
    const KeyPair keys;
    CallLog log;
    MemoryEventSink memory;
    ScriptedSink flaky{log};
    int calls = 0;
    flaky.on_emit = [&](const CloudEvent& event) -> Result<void> {
        if (++calls == 2) return failure(Kind::EventSink, "full");
        return memory.emit(event);
    };
    Supervisor supervisor{StubCellBackend{}, Signed{std::ref(flaky), signing_key(keys)}};
    const auto report = supervisor.run(lifecycle_document());
    REQUIRE(report);
    CHECK(report->port_errors.size() == 1);
    CHECK_THAT(
        findings(audit(lines_of(memory.events()), signed_with(keys))),
        ContainsSubstring("2: is event 3 of its chain, and event 2 does not stand before it")
    );
}

TEST_CASE("Threads share a chain, and several chains share a file") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "events.jsonl";
    const KeyPair keys;
    {
        std::vector<std::jthread> pool;
        for (int s = 0; s < 2; ++s) {
            auto sink = std::make_shared<Signed<JsonLinesEventSink>>(
                JsonLinesEventSink{path}, signing_key(keys)
            );
            for (int t = 0; t < 3; ++t)
                pool.emplace_back([sink] {
                    Supervisor supervisor{StubCellBackend{}, std::ref(*sink)};
                    // The same id everywhere: lives are told apart by their runs.
                    for (int i = 0; i < 10; ++i)
                        static_cast<void>(supervisor.run(lifecycle_document()));
                });
        }
    }
    const Lines lines = lines_of(path);
    const auto report = audit(lines, signed_with(keys));
    CHECK(findings(report) == "");
    CHECK(report.lives == 60);
    CHECK(report.signed_events == 180);
}

TEST_CASE("A key that is missing, bad, of another kind or readable by others is an error") {
    const TemporaryDirectory directory;
    const KeyPair keys;
    const auto refused = [](const auto& result) {
        REQUIRE_FALSE(result);
        CHECK(result.error().kind == Kind::EventSink);
        return result.error().message;
    };
    using std::filesystem::perms;
    const auto owner = perms::owner_read | perms::owner_write;
    const auto good = directory.write("good.pem", keys.private_pem, owner);
    REQUIRE(Ed25519PrivateKey::read(good));
    CHECK(Ed25519PrivateKey::read(good)->id() == Ed25519PublicKey::from_pem(keys.public_pem)->id());
    CHECK_THAT(
        refused(Ed25519PrivateKey::read(directory.path() / "none.pem")),
        ContainsSubstring("none.pem")
    );
    CHECK_THAT(refused(Ed25519PrivateKey::read("/dev/null")), ContainsSubstring("chmod 600"));
    CHECK_THAT(
        refused(Ed25519PrivateKey::read(
            directory.write("open.pem", keys.private_pem, owner | perms::group_read)
        )),
        ContainsSubstring("chmod 600")
    );
    for (const std::string& bad :
         {std::string{}, std::string{"-----BEGIN"}, keys.public_pem, KeyPair{"X25519"}.private_pem})
        CHECK_THAT(
            refused(Ed25519PrivateKey::from_pem(bad)), ContainsSubstring("must be an Ed25519 key")
        );
    refused(Ed25519PublicKey::from_pem(keys.private_pem));
}
