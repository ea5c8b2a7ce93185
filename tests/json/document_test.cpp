#include "json/changed_documents.hpp"
#include "support/catch.hpp"

#include <cellos/core/command_document.hpp>
#include <cellos/json/document.hpp>

#include <string>
#include <string_view>

using cellos::CellosError;
using cellos::ExecutionCellDocument;
using cellos::parse_document;
using cellos::to_json;
using cellos::test::changed_documents;
using cellos::test::sample_document;

TEST_CASE("The smallest document with a command") {
    const auto document = parse_document(
        R"({"apiVersion":"cellos.io/v1","kind":"ExecutionCell","spec":{"id":"t-true","authority":)"
        R"({"secretRefs":[]},"lifetime":{"ttlSeconds":60},"run":{"secretDelivery":"env",)"
        R"("argv":["true"]}}})"
    );
    REQUIRE(document);
    ExecutionCellDocument expected = cellos::command_document("t-true", {"true"});
    expected.spec.lifetime.ttl_seconds = 60;
    expected.spec.run->secret_delivery = cellos::SecretDelivery::Env;
    CHECK(*document == expected);
}

TEST_CASE("The smallest document of all") {
    constexpr std::string_view text =
        R"({"apiVersion":"cellos.io/v1","kind":"ExecutionCell","spec":{"id":"only-lifecycle",)"
        R"("authority":{},"lifetime":{"ttlSeconds":60}}})";
    const auto document = parse_document(text);
    REQUIRE(document);
    CHECK_FALSE(document->spec.run);
    CHECK(to_json(*document) == text);
}

TEST_CASE("A document with every member is written in the order of its struct") {
    CHECK(
        to_json(sample_document()) ==
        R"({"apiVersion":"cellos.io/v1","kind":"ExecutionCell","spec":{"id":"build-42",)"
        R"("run":{"argv":["/usr/bin/env","A=\"quoted\"","é"],"workingDirectory":"/work",)"
        R"("timeoutMs":5000,"secretDelivery":"file","limits":{"memoryMaxBytes":67108864,)"
        R"("cpuMax":{"quotaMicros":50000,"periodMicros":100000},"gracefulShutdownSeconds":0,)"
        R"("maxProcesses":32,"maxOpenFiles":64,"maxFileBytes":1048576,"scratchBytes":8388608,)"
        R"("maxOutputBytes":4096,"cpuTimeMs":1500,"stackBytes":16777216}},)"
        R"("environment":{"variables":{"LANG":"C.UTF-8","PASSWORD":"hunter2"}},)"
        R"("authority":{"secretRefs":["API_TOKEN","_k"],)"
        R"("egressRules":[{"host":"example.org","port":443},)"
        R"({"host":"2001:db8::/32","port":53,"protocol":"udp"}]},"lifetime":{"ttlSeconds":60},)"
        R"("export":{"artifacts":[{"name":"log.txt","path":"/work/log.txt"},)"
        R"({"name":"core","path":"/tmp/core"}]},)"
        R"("correlation":{"platform":"ci","externalRunId":"run-1","externalJobId":"job-2",)"
        R"("tenantId":"tenant-3","correlationId":"c-4","labels":{"team":"blue"}},)"
        R"("placement":{"poolId":"pool","kubernetesNamespace":"namespace","queueName":"queue"},)"
        R"("policy":{"packId":"pack","packVersion":"1.0"},)"
        R"("identity":{"audience":"https://example.org"}}})"
    );
}

TEST_CASE("What was written is read back equal") {
    const ExecutionCellDocument document = sample_document();
    const auto again = parse_document(to_json(document));
    REQUIRE(again);
    CHECK(*again == document);
}

TEST_CASE("Each place is read, and each violation told by its path") {
    for (const auto& change : changed_documents()) {
        CAPTURE(change.pointer, change.value);
        const auto document = parse_document(change.text());
        CHECK((document ? std::string{} : document.error().message) == change.message);
        if (document) CHECK(parse_document(to_json(*document)).value() == *document);
    }
}

TEST_CASE("What is wrong with the form and with the rules comes in one report, each once") {
    const auto document = parse_document(R"({
        "apiVersion": "cellos.io/v1",
        "kind": "ExecutionCell",
        "spec": {
            "id": "",
            "ingress": {},
            "run": {"argvv": [], "argv": [1, "\u0000"], "timeoutMs": "soon", "timeoutMs": 0},
            "authority": {"secretRefs": [7, 8, "a b"]},
            "lifetime": {}
        }
    })");
    REQUIRE_FALSE(document);
    CHECK(document.error().kind == CellosError::Kind::InvalidSpec);
    CHECK(
        document.error().message ==
        "spec.run.timeoutMs: duplicate key\n"
        "spec.ingress: is not supported\n"
        "spec.run.argv[0]: must be a string, not a number\n"
        "spec.run.argvv: unknown field\n"
        "spec.authority.secretRefs[0]: must be a string, not a number\n"
        "spec.authority.secretRefs[1]: must be a string, not a number\n"
        "spec.lifetime.ttlSeconds: is missing\n"
        "spec.id must be non-empty\n"
        "spec.run.argv[1]: must be UTF-8 without NUL\n"
        "spec.authority.secretRefs[2]: must be usable as a variable's name: at most 128 letters, "
        "digits and '_', not beginning with a digit"
    );
}
