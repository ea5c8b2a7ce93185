// What a policy pack allows, and what it says of a document that asks for more.

#include "core/sample_document.hpp"
#include "support/catch.hpp"

#include <cellos/policy/pack.hpp>

#include <functional>
#include <string>
#include <vector>

using namespace cellos;
using Lines = std::vector<std::string>;

namespace {

/// Allows the sample document, and not more.
PolicyPack just_enough() {
    PolicyPack pack{.id = "pack", .version = "1.0"};
    PolicyRules& rules = pack.rules;
    rules.max_ttl_seconds = 60;
    rules.max_timeout_ms = 5000;
    rules.max_memory_bytes = 64 << 20;
    rules.required_limits = {
        RunLimit::TimeoutMs,
        RunLimit::MemoryMaxBytes,
        RunLimit::CpuMax,
        RunLimit::MaxProcesses,
        RunLimit::MaxOpenFiles,
        RunLimit::MaxFileBytes,
        RunLimit::ScratchBytes,
        RunLimit::MaxOutputBytes,
        RunLimit::CpuTimeMs,
        RunLimit::StackBytes};
    rules.allowed_egress = {{"*.org", 443, {}}, {"2001:db8::/32", 53, EgressProtocol::Udp}};
    rules.allowed_secrets = {"API_*", "_k"};
    rules.allowed_programs = {"/usr/bin/env", "python3"};
    rules.allowed_exports = {"log.txt", "co*"};
    rules.require_file_delivery = true;
    return pack;
}

Lines refused(const PolicyPack& pack, const ExecutionCellDocument& document) {
    const auto decision = pack.decide(document);
    REQUIRE(decision);
    CHECK(decision->pack == PolicyReference{pack.id, pack.version});
    return decision->violations;
}

struct Case {
    std::function<void(ExecutionCellSpec&)> change;
    Lines violations;
};

} // namespace

TEST_CASE("A pack that allows just what a document asks for admits it") {
    CHECK(refused(just_enough(), cellos::test::sample_document()).empty());
}

TEST_CASE("Each rule of a pack refuses the document that breaks it alone, and says where") {
    using Spec = ExecutionCellSpec;
    const auto [change, violations] = GENERATE(values<Case>({
        {[](Spec& s) { s.policy.reset(); }, {}}, // it holds all the same
        {[](Spec& s) { s.policy->pack_id = "other"; },
         {"spec.policy.packId: is not the pack that is in force here: pack"}},
        {[](Spec& s) { s.policy->pack_version = "1.1"; },
         {"spec.policy.packVersion: is not the version that is in force here: 1.0"}},
        {[](Spec& s) { s.lifetime.ttl_seconds = 61; },
         {"spec.lifetime.ttlSeconds: must be at most 60, says the policy"}},
        {[](Spec& s) { s.run->timeout_ms = 5001; },
         {"spec.run.timeoutMs: must be at most 5000, says the policy"}},
        {[](Spec& s) { s.run->timeout_ms.reset(); },
         {"spec.run.timeoutMs: is missing: it must be at most 5000, says the policy"}},
        {[](Spec& s) { s.run->limits->memory_max_bytes = 1 << 30; },
         {"spec.run.limits.memoryMaxBytes: must be at most 67108864, says the policy"}},
        {[](Spec& s) { s.run->limits->memory_max_bytes.reset(); },
         {"spec.run.limits.memoryMaxBytes: is missing: it must be at most 67108864, says the "
          "policy"}},
        {[](Spec& s) { s.run->limits->cpu_max.reset(); },
         {"spec.run.limits.cpuMax: is missing: the policy requires it"}},
        {[](Spec& s) { s.run->limits->max_processes.reset(); },
         {"spec.run.limits.maxProcesses: is missing: the policy requires it"}},
        {[](Spec& s) { s.run->limits->max_open_files.reset(); },
         {"spec.run.limits.maxOpenFiles: is missing: the policy requires it"}},
        {[](Spec& s) { s.run->limits->max_file_bytes.reset(); },
         {"spec.run.limits.maxFileBytes: is missing: the policy requires it"}},
        {[](Spec& s) { s.run->limits->scratch_bytes.reset(); },
         {"spec.run.limits.scratchBytes: is missing: the policy requires it"}},
        {[](Spec& s) { s.run->limits->max_output_bytes.reset(); },
         {"spec.run.limits.maxOutputBytes: is missing: the policy requires it"}},
        {[](Spec& s) { s.run->limits->cpu_time_ms.reset(); },
         {"spec.run.limits.cpuTimeMs: is missing: the policy requires it"}},
        {[](Spec& s) { s.run->limits->stack_bytes.reset(); },
         {"spec.run.limits.stackBytes: is missing: the policy requires it"}},
        {[](Spec& s) { s.authority.egress_rules[0].host = "org"; },
         {"spec.authority.egressRules[0]: is no destination that the policy allows"}},
        {[](Spec& s) { s.authority.egress_rules[0].port = 80; },
         {"spec.authority.egressRules[0]: is no destination that the policy allows"}},
        {[](Spec& s) { s.authority.egress_rules[0].protocol = EgressProtocol::Udp; },
         {"spec.authority.egressRules[0]: is no destination that the policy allows"}},
        {[](Spec& s) { s.authority.egress_rules[1].host = "2001:db8::/31"; },
         {"spec.authority.egressRules[1]: is no destination that the policy allows"}},
        {[](Spec& s) {
             s.authority.secret_refs = {"API_", "_k"};
         },
         {}},
        {[](Spec& s) {
             s.authority.secret_refs = {"API", "_k", "_k2"};
         },
         {"spec.authority.secretRefs[0]: is no secret that the policy allows",
          "spec.authority.secretRefs[2]: is no secret that the policy allows"}},
        {[](Spec& s) { s.run->secret_delivery.reset(); },
         {"spec.run.secretDelivery: must be file, says the policy"}},
        {[](Spec& s) {
             s.run->secret_delivery.reset();
             s.authority.secret_refs.clear();
         },
         {}},
        {[](Spec& s) { s.run->argv[0] = "python3"; }, {}},
        {[](Spec& s) { s.run->argv[0] = "/usr/bin/python3"; },
         {"spec.run.argv[0]: is no program that the policy allows"}},
        {[](Spec& s) { s.environment->variables["PATH"] = "/inputs"; }, {}}, // it has a slash
        {[](Spec& s) {
             s.run->argv[0] = "python3";
             s.environment->variables["PATH"] = "/inputs";
         },
         {"spec.environment.variables.PATH: must not be set where the policy allows a program by "
          "its name"}},
        {[](Spec& s) { s.export_->artifacts[0].name = "log"; },
         {"spec.export.artifacts[0].name: is no artifact that the policy allows"}},
        {[](Spec& s) { s.export_->artifacts[1].name = "corpus"; }, {}},
    }));
    auto document = cellos::test::sample_document();
    change(document.spec);
    CHECK(refused(just_enough(), document) == violations);
}

TEST_CASE("A pack without rules grants no authority, and bounds nothing") {
    const PolicyPack pack{.id = "pack", .version = "1.0"};
    CHECK(
        refused(pack, cellos::test::sample_document()) ==
        Lines{
            "spec.run.argv[0]: is no program that the policy allows",
            "spec.authority.secretRefs[0]: is no secret that the policy allows",
            "spec.authority.secretRefs[1]: is no secret that the policy allows",
            "spec.authority.egressRules[0]: is no destination that the policy allows",
            "spec.authority.egressRules[1]: is no destination that the policy allows",
            "spec.export.artifacts[0].name: is no artifact that the policy allows",
            "spec.export.artifacts[1].name: is no artifact that the policy allows"}
    );
    ExecutionCellDocument idle;
    idle.spec.id = "only-lifecycle";
    idle.spec.lifetime.ttl_seconds = 60;
    CHECK(refused(pack, idle).empty());
}

TEST_CASE("What is allowed by a star alone is anything of its kind") {
    PolicyPack pack{.id = "pack", .version = "1.0"};
    pack.rules.allowed_secrets = {"*"};
    pack.rules.allowed_programs = {"*"};
    pack.rules.allowed_exports = {"*"};
    auto document = cellos::test::sample_document();
    document.spec.authority.egress_rules.clear();
    document.spec.environment->variables["PATH"] = "/inputs";
    document.spec.run->argv[0] = "python3";
    CHECK(refused(pack, document).empty());
}

TEST_CASE("A document that breaks a policy many times cannot flood a log") {
    auto document = cellos::test::sample_document();
    for (int i = 0; i < 1000; ++i)
        document.spec.authority.secret_refs.push_back("S" + std::to_string(i));
    const auto violations = refused(just_enough(), document);
    CHECK(violations.size() == 65);
    CHECK(violations.back() == "… and 936 more");
}
