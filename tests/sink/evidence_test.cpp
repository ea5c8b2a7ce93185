// What a hundred runs leave behind, good and bad ones, stands as evidence; and any one event that
// is taken away, moved or changed is found.
#include "json/schema_check.hpp"
#include "sink/key_pair.hpp"
#include "support/catch.hpp"
#include "support/lines_of.hpp"
#include "support/scripted_backend.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/evidence/audit.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/json/document.hpp>
#include <cellos/json/event.hpp>
#include <cellos/json/parse_event.hpp>
#include <cellos/openssl/sha256.hpp>
#include <cellos/openssl/signed.hpp>
#include <cellos/redaction/redacted.hpp>
#include <cellos/redaction/redacting.hpp>
#include <cellos/sink/json_lines.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

using namespace cellos;
using namespace cellos_test;
using Lines = std::vector<std::string>;
using Kind = CellosError::Kind;

namespace {

const KeyPair& keys() {
    static const KeyPair pair;
    return pair;
}

// Runs one cell in which chance decides what is asked for and what goes wrong.
class RandomRun {
public:
    explicit RandomRun(unsigned seed) : random_{seed} {}

    /// The lines of its events, signed.
    Lines with_signatures() {
        MemoryEventSink memory;
        const KnownSecrets secrets;
        auto key = Ed25519PrivateKey::from_pem(keys().private_pem).value();
        lead(Signed{Redacted{std::ref(memory), secrets}, std::move(key)}, secrets);
        Lines lines;
        for (const CloudEvent& event : memory.events()) lines.push_back(to_json(event));
        return lines;
    }

    /// The lines of its events as a file holds them that nobody signed.
    Lines in_a_file() {
        const TemporaryDirectory directory;
        const auto path = directory.path() / "events.jsonl";
        const KnownSecrets secrets;
        lead(Redacted{JsonLinesEventSink{path}, secrets}, secrets);
        return lines_of(path);
    }

    bool one_in(unsigned chances) { return random_() % chances == 0; }
    std::size_t below(std::size_t bound) { return random_() % bound; }

private:
    template <class Sink>
    void lead(Sink sink, const KnownSecrets& secrets) {
        CallLog log;
        ExportingBackend backend{log};
        ScriptedBroker broker{log};
        ScriptedExport exporter{log};
        ScriptedSink flaky{log};
        ScriptedPolicy policy{log};
        std::stop_source stop;
        policy.on_decide = [&](const auto&) -> Result<PolicyDecision> {
            if (auto bad = misbehave(Kind::Host, stop); !bad) return failure_of(bad);
            PolicyDecision decision{.pack = {"pack", "1"}};
            if (one_in(10)) decision.violations = {"spec: is not allowed", "nor is this"};
            return decision;
        };
        backend.on_create = [&](const auto& document) -> Result<CellHandle> {
            misbehave(Kind::Host, stop);
            return CellHandle{
                .cell_id = document.spec.id, .kernel_digest_sha256 = std::string(64, 'a')};
        };
        backend.on_execute = [&](const auto&, const auto&) { return random_end(stop); };
        backend.on_open = [&](const auto& artifact) -> Result<std::unique_ptr<ArtifactReader>> {
            if (auto bad = misbehave(Kind::Host, stop); !bad) return failure_of(bad);
            return std::make_unique<TextReader>(artifact.path);
        };
        backend.on_destroy = [&](const auto& cell) -> Result<TeardownReport> {
            if (auto bad = misbehave(Kind::TeardownIncomplete, stop); !bad) return failure_of(bad);
            return TeardownReport{cell.cell_id, !one_in(10), 3};
        };
        broker.on_resolve = [&](auto) -> Result<Secret> {
            if (auto bad = misbehave(Kind::SecretBroker, stop); !bad) return failure_of(bad);
            secret_ = "hunter2";
            return Secret{secret_};
        };
        broker.on_revoke = [&] { return misbehave(Kind::SecretBroker, stop); };
        exporter.on_export = [&](const auto& artifact) -> Result<ExportReceipt> {
            if (auto bad = misbehave(Kind::ExportSink, stop); !bad) return failure_of(bad);
            return ExportReceipt{"drawer", artifact.name, 7, std::string(64, 'b')};
        };
        flaky.on_emit = [&](const auto&) { return misbehave(Kind::EventSink, stop); };

        Supervisor supervisor{
            std::ref(backend),
            std::ref(policy),
            std::ref(flaky),
            Redacting{std::ref(broker), secrets},
            std::ref(exporter),
            std::ref(sink)};
        static_cast<void>(supervisor.run(random_document(), {.stop = stop.get_token()}));
    }

    ExecutionCellDocument random_document() {
        ExecutionCellDocument document =
            one_in(5) ? lifecycle_document() : run_document({"make", "all"});
        for (const char* secret : {"KEY", "TOKEN", "PASSWORD"})
            if (one_in(2)) document.spec.authority.secret_refs.emplace_back(secret);
        if (one_in(2)) document.spec.export_.emplace().artifacts = {{"log", "/log"}, {"a", "/a"}};
        if (one_in(3)) document.spec.correlation.emplace().labels = {{"team", "\xC3\xA9quipe"}};
        return document;
    }

    Result<ExitStatus> random_end(std::stop_source& stop) {
        using enum ExitStatus::Kind;
        if (auto bad = misbehave(Kind::SandboxFailed, stop); !bad) return failure_of(bad);
        switch (below(8)) {
        case 0: return ExitStatus::exited(7);
        case 1: return ExitStatus::signaled(9);
        case 2: return ExitStatus::forced(TimedOut);
        case 3: return ExitStatus::forced(Cancelled);
        case 4: return ExitStatus::forced(OutOfMemory);
        case 5: return ExitStatus::forced(CpuTimeExceeded);
        default: return ExitStatus::exited(0);
        }
    }

    // Now and then a failure that names the secret once there is one, an exception, a cancellation.
    Result<void> misbehave(Kind kind, std::stop_source& stop) {
        if (one_in(30)) stop.request_stop();
        if (one_in(20)) throw std::runtime_error{"a port's own \"trouble\" with " + secret_};
        if (one_in(12)) return failure(kind, "it could not be done with " + secret_ + '\n');
        return {};
    }

    std::mt19937 random_;
    std::string secret_ = "nothing";
};

AuditReport audit(const Lines& lines, EventAudit::Options options) {
    EventAudit audit{std::move(options)};
    for (const std::string& line : lines) audit.line(line);
    return std::move(audit).finish();
}

AuditReport audit_with_key(const Lines& lines) {
    return audit(
        lines, {openssl_sha256(), Ed25519PublicKey::from_pem(keys().public_pem).value().check()}
    );
}

AuditReport audit_without_key(const Lines& lines) {
    return audit(lines, {});
}

constexpr unsigned seeds = 100;

} // namespace

TEST_CASE("The events of a hundred random runs are complete, legal and free of secrets") {
    std::set<std::string> types, ends;
    unsigned with_events = 0;
    Lines all;
    for (unsigned seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        const Lines lines = RandomRun{seed}.with_signatures();
        all.insert(all.end(), lines.begin(), lines.end());
        with_events += !lines.empty();
        for (const std::string& line : lines) {
            CHECK(line.find("hunter2") == std::string::npos);
            types.insert(parse_event(line).value().type);
        }
        const auto report = audit_with_key(lines);
        for (const auto& each : report.findings) FAIL_CHECK(each.line << ": " << each.message);
        CHECK(report.events == lines.size());
        if (lines.empty()) continue;
        if (const auto end = lines.back().find("outcome"); end != std::string::npos)
            ends.insert(lines.back().substr(end));
    }
    // Chance has met every kind of event and of end.
    CHECK(types.size() == std::variant_size_v<EventData>);
    CHECK(ends.size() >= 3);
    CHECK(with_events > seeds / 2);

    const auto together = audit_with_key(all);
    CHECK(together.findings.empty());
    CHECK(together.lives == with_events);
}

namespace {

// Takes away, moves and changes each line, one at a time.
template <class Audit>
void check_that_any_change_is_found(RandomRun& run, const Lines& lines, const Audit& audit) {
    CHECK(audit(lines).findings.empty());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        CAPTURE(i, lines[i]);
        Lines deleted = lines;
        deleted.erase(deleted.begin() + static_cast<std::ptrdiff_t>(i));
        // Nothing is left to tell of a life of one event: a document that was refused.
        if (lines.size() > 1) CHECK_FALSE(audit(deleted).findings.empty());

        for (std::size_t other = i + 1; other < lines.size(); ++other) {
            Lines swapped = lines;
            std::swap(swapped[i], swapped[other]);
            CHECK_FALSE(audit(swapped).findings.empty());
        }

        Lines edited = lines;
        char& byte = edited[i][run.below(edited[i].size())];
        byte = byte == 'x' ? 'y' : 'x';
        CAPTURE(edited[i]);
        // That one has lost its checksum shows in the events beside it.
        const auto has_checksum = [](const std::string& line) {
            return line.find("\"checksum\":") != std::string::npos;
        };
        if (lines.size() > 1 || has_checksum(lines[i]) == has_checksum(edited[i]))
            CHECK_FALSE(audit(edited).findings.empty());
    }
}

} // namespace

TEST_CASE("Any one event of a hundred random runs that is deleted, swapped or edited is reported") {
    for (unsigned seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        RandomRun run{seed};
        check_that_any_change_is_found(run, run.with_signatures(), &audit_with_key);
        check_that_any_change_is_found(run, run.in_a_file(), &audit_without_key);
    }
}

TEST_CASE("A change of any byte of a file that nobody signed is found at its line") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "events.jsonl";
    REQUIRE(Supervisor{StubCellBackend{}, JsonLinesEventSink{path}}.run(lifecycle_document()));
    const Lines lines = lines_of(path);
    REQUIRE(lines.size() == 3);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        for (std::size_t at = 0; at < lines[i].size(); ++at) {
            Lines edited = lines;
            edited[i][at] = edited[i][at] == '0' ? '1' : '0';
            CAPTURE(edited[i]);
            const auto findings = audit_without_key(edited).findings;
            REQUIRE_FALSE(findings.empty());
            CHECK(findings.front().line <= i + 1);
        }
    }
}

TEST_CASE("Checksums that were taken away are found, of one event and of a whole life") {
    RandomRun run{1};
    const Lines lines = run.in_a_file();
    REQUIRE(lines.size() > 2);
    const auto without = [](std::string line, const std::string& attribute) {
        const auto begin = line.find(",\"" + attribute + "\":\"");
        return line.erase(begin, line.find('"', begin + attribute.size() + 5) + 1 - begin);
    };
    Lines stripped;
    for (const std::string& line : lines) stripped.push_back(without(line, "checksum"));
    const auto found = audit_without_key(stripped).findings;
    REQUIRE(found.size() == lines.size());
    for (const auto& finding : found)
        CHECK(finding.message == "has neither a checksum nor a signature: they were taken away");
    for (std::size_t i = 0; i < lines.size(); ++i) {
        Lines one = lines;
        one[i] = stripped[i];
        CHECK(audit_without_key(one).findings.front().line == i + 1);
    }
    // An empty one proves as little.
    Lines empty = stripped;
    empty[0].insert(empty[0].find(",\"data\":"), R"(,"checksum":"")");
    CHECK(audit_without_key(empty).findings.size() == lines.size());

    for (std::string& line : stripped = RandomRun{1}.with_signatures())
        line = without(line, "signature");
    CHECK(audit_without_key(stripped).findings.size() >= stripped.size());
}

TEST_CASE("The blank lines of a full disk are no findings, but the events that are missing are") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "events.jsonl";
    REQUIRE(Supervisor{StubCellBackend{}, JsonLinesEventSink{path}}.run(lifecycle_document()));
    Lines lines = lines_of(path);
    lines.insert(lines.begin() + 1, {"", "     "});
    const auto report = audit_without_key(lines);
    CHECK(report.findings.empty());
    CHECK(report.events == 3);
    lines[3] = "  ";
    const auto missing = audit_without_key(lines).findings;
    REQUIRE(missing.size() == 1);
    CHECK(missing[0].line == 5);
}

TEST_CASE("The events of the largest document that is valid are read again") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "events.jsonl";
    // All of it a label, of what takes most room when it is written.
    auto document = lifecycle_document();
    document.spec.correlation.emplace().labels["x"] = "";
    const auto room = (std::size_t{1} << 20) - to_json(document).size();
    document.spec.correlation->labels["x"] = std::string(room / 6, '\x01');
    const auto parsed = parse_document(to_json(document));
    REQUIRE(parsed);
    REQUIRE(Supervisor{StubCellBackend{}, JsonLinesEventSink{path}}.run(*parsed));
    document.spec.correlation->labels["x"] = std::string(room, 'x');
    REQUIRE(parse_document(to_json(document)));
    REQUIRE(Supervisor{StubCellBackend{}, JsonLinesEventSink{path}}.run(document));
    const auto report = audit_without_key(lines_of(path));
    CHECK(report.findings.empty());
    CHECK(report.events == 6);
}

TEST_CASE("The events of a hundred random runs satisfy the CloudEvents schema") {
    if (!cellos::test::can_check_schemas) CELLOS_SKIP("needs valijson");
    // The specification's own, version 1.0.2.
    const auto folder = std::filesystem::path{CELLOS_CLOUDEVENTS_DIR};
    std::ifstream file{folder / "schema.json"};
    const cellos::test::SchemaCheck check{nlohmann::json::parse(file)};
    std::size_t events = 0;
    for (unsigned seed = 0; seed < seeds; ++seed) {
        for (const Lines& lines : {RandomRun{seed}.with_signatures(), RandomRun{seed}.in_a_file()})
            for (const std::string& line : lines) {
                CHECK(check(nlohmann::json::parse(line)) == "");
                ++events;
            }
    }
    CHECK(events > seeds * 8);
    CHECK(
        check(nlohmann::json::parse(R"({"specversion":"1.0","id":"","source":"","type":""})")) != ""
    );
}
