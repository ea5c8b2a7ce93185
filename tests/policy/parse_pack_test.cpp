// Policy packs as JSON.

#include "support/catch.hpp"

#include <cellos/policy/parse_pack.hpp>

#include <string>

using namespace cellos;

namespace {

std::string complaint(const std::string& text) {
    const auto pack = parse_policy_pack(text);
    REQUIRE_FALSE(pack);
    CHECK(pack.error().kind == CellosError::Kind::InvalidSpec);
    return pack.error().message;
}

std::string with_rules(const std::string& rules) {
    return R"({"id":"ci","version":"1.2","rules":{)" + rules + "}}";
}

} // namespace

TEST_CASE("A pack with every rule is read as it was written") {
    const std::string text =
        with_rules(R"("maxTtlSeconds":600,"maxTimeoutMs":60000,"maxMemoryBytes":268435456,)"
                   R"("requiredLimits":["timeoutMs","cpuMax"],)"
                   R"("allowedEgress":[{"host":"*.example.org","port":443},)"
                   R"({"host":"10.0.0.0/8","port":53,"protocol":"udp"}],)"
                   R"("allowedSecrets":["CI_*"],"allowedPrograms":["python3","/bin/sh"],)"
                   R"("allowedExports":["*"],"requireFileDelivery":true)");
    const auto pack = parse_policy_pack(text);
    if (!pack) FAIL(pack.error().what());
    CHECK(pack->id == "ci");
    CHECK(pack->version == "1.2");
    CHECK(pack->rules.max_ttl_seconds == 600);
    CHECK(pack->rules.max_timeout_ms == 60000);
    CHECK(pack->rules.max_memory_bytes == 256 << 20);
    CHECK(pack->rules.required_limits == std::vector{RunLimit::TimeoutMs, RunLimit::CpuMax});
    CHECK(pack->rules.allowed_egress.at(0) == EgressRule{"*.example.org", 443, {}});
    CHECK(pack->rules.allowed_secrets == std::vector<std::string>{"CI_*"});
    CHECK(pack->rules.require_file_delivery == true);
    CHECK(to_json(*pack) == text);
    CHECK(parse_policy_pack(with_rules("")));
}

TEST_CASE("What is wrong with a pack is told all at once, with its places") {
    CHECK(
        complaint(
            R"({"id":"","rules":{"maxTtlSeconds":0,"maxTimeoutMs":"1","maxMemory":1,)"
            R"("requiredLimits":["ttlSeconds"],"allowedEgress":[{"host":"*","port":0,"more":1}],)"
            R"("allowedSecrets":["A B","","*A"],"allowedPrograms":["","/bin/*"],)"
            R"("allowedExports":["a/b"]},"more":{}})"
        ) ==
        "version: is missing\n"
        "rules.maxTimeoutMs: must be an integer, not a string\n"
        "rules.requiredLimits[0]: must be one of timeoutMs, memoryMaxBytes, cpuMax, maxProcesses, "
        "maxOpenFiles, maxFileBytes, scratchBytes, maxOutputBytes, cpuTimeMs, stackBytes\n"
        "rules.allowedEgress[0].more: unknown field\n"
        "rules.maxMemory: unknown field\n"
        "more: unknown field\n"
        "id: must be non-empty UTF-8 without NUL\n"
        "rules.maxTtlSeconds: must be at least 1, as in a document\n"
        "rules.allowedEgress[0].host: must be a host name, \"*.\" before one, an IPv4 or IPv6 "
        "address, or a CIDR block\n"
        "rules.allowedEgress[0].port: must be at least 1 and at most 65535\n"
        "rules.allowedSecrets[0]: must be a name, or the beginning of one and then \"*\"\n"
        "rules.allowedSecrets[1]: must be a name, or the beginning of one and then \"*\"\n"
        "rules.allowedSecrets[2]: must be a name, or the beginning of one and then \"*\"\n"
        "rules.allowedExports[0]: must be a name, or the beginning of one and then \"*\"\n"
        "rules.allowedPrograms[0]: must be a whole argv[0], or \"*\" for any\n"
        "rules.allowedPrograms[1]: must be a whole argv[0], or \"*\" for any"
    );
}

TEST_CASE("A pack without rules is no pack that allows everything") {
    CHECK(complaint(R"({"id":"ci","version":"1"})") == "rules: is missing");
    CHECK(complaint("[]") == "the policy pack must be an object");
    CHECK(complaint("{").starts_with("line 1, column"));
    CHECK(complaint(R"({"id":"ci","id":"ci","version":"1","rules":{}})") == "id: duplicate key");
}
