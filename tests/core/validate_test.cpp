#include "core/sample_document.hpp"
#include "support/catch.hpp"

#include <cellos/core/validate.hpp>

#include <functional>
#include <limits>
#include <string>
#include <vector>

using cellos::CellosError;
using cellos::ExecutionCellDocument;
using cellos::ExecutionCellSpec;
using cellos::validate;
using cellos::validate_for;
using cellos::test::sample_document;

namespace {

struct Case {
    std::function<void(ExecutionCellSpec&)> change;
    std::string message; // empty: the document stays valid
};

constexpr std::int64_t ten_years = 315'360'000;
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
const std::string nul(1, '\0');

const std::string id_rule = "must be at most 128 letters, digits, '.', '_' and '-', begin with a "
                            "letter or digit and not hold \"..\"";
const std::string text_rule = "must be UTF-8 without NUL";
const std::string path_rule =
    "must be an absolute path without \"..\", of at most 4095 bytes and 64 "
    "components, none longer than 255 bytes";

std::string deep(int components) {
    std::string path;
    for (int i = 0; i < components; ++i) path += "/d";
    return path;
}

std::vector<cellos::ExportArtifact> artifacts(int number) {
    std::vector<cellos::ExportArtifact> all;
    for (int i = 0; i < number; ++i) all.push_back({"a" + std::to_string(i), "/out/a"});
    return all;
}

void check(const Case& test) {
    ExecutionCellDocument document = sample_document();
    test.change(document.spec);
    const cellos::Result<void> result = validate(document);
    CAPTURE(test.message);
    CHECK(result.has_value() == test.message.empty());
    CHECK((result ? std::string{} : result.error().message) == test.message);
}

} // namespace

TEST_CASE("The sample document is valid, and so is the smallest") {
    CHECK(validate(sample_document()));
    ExecutionCellDocument smallest;
    smallest.spec.id = "only-lifecycle";
    smallest.spec.lifetime.ttl_seconds = 60;
    CHECK(validate(smallest));
}

TEST_CASE("Version and kind are exactly those that there are") {
    ExecutionCellDocument document = sample_document();
    document.api_version = "cellos.io/v2";
    document.kind = "Cell";
    const auto result = validate(document);
    REQUIRE_FALSE(result);
    CHECK(
        result.error().message ==
        "apiVersion: must be \"cellos.io/v1\"\nkind: must be \"ExecutionCell\""
    );
}

TEST_CASE("An empty id is refused in the words of the stub") {
    ExecutionCellDocument document = sample_document();
    document.spec.id.clear();
    const auto result = validate(document);
    REQUIRE_FALSE(result);
    CHECK(result.error().what() == "invalid cell specification: spec.id must be non-empty");
}

TEST_CASE("Every rule on the id and the run") {
    using Spec = ExecutionCellSpec;
    check(GENERATE(values<Case>({
        {[](Spec& s) { s.id = std::string(128, 'x'); }, ""},
        {[](Spec& s) { s.id = std::string(129, 'x'); }, "spec.id: " + id_rule},
        {[](Spec& s) { s.id = "../etc"; }, "spec.id: " + id_rule},
        {[](Spec& s) { s.id = "a..b"; }, "spec.id: " + id_rule},
        {[](Spec& s) { s.id = "a" + nul; }, "spec.id: " + id_rule},
        {[](Spec& s) { s.run.reset(); }, ""},
        {[](Spec& s) { s.run->argv.clear(); }, "spec.run.argv: must hold at least the program"},
        {[](Spec& s) { s.run->argv[1] = "a" + nul; }, "spec.run.argv[1]: " + text_rule},
        {[](Spec& s) { s.run->argv[2] = "\xFF"; }, "spec.run.argv[2]: " + text_rule},
        {[](Spec& s) { s.run->working_directory.reset(); }, ""},
        {[](Spec& s) { s.run->working_directory = "/"; }, ""},
        {[](Spec& s) { s.run->working_directory = ""; }, "spec.run.workingDirectory: " + path_rule},
        {[](Spec& s) { s.run->working_directory = "w"; },
         "spec.run.workingDirectory: " + path_rule},
        {[](Spec& s) { s.run->working_directory = "/a/.."; },
         "spec.run.workingDirectory: " + path_rule},
        {[](Spec& s) { s.run->working_directory = deep(64); }, ""},
        {[](Spec& s) { s.run->working_directory = deep(65); },
         "spec.run.workingDirectory: " + path_rule},
        {[](Spec& s) { s.run->timeout_ms = 1; }, ""},
        {[](Spec& s) { s.run->timeout_ms = ten_years * 1000; }, ""},
        {[](Spec& s) { s.run->timeout_ms = 0; },
         "spec.run.timeoutMs: must be at least 1 and at most 315360000000"},
        {[](Spec& s) { s.run->timeout_ms = -1; },
         "spec.run.timeoutMs: must be at least 1 and at most 315360000000"},
        {[](Spec& s) { s.run->timeout_ms = largest; },
         "spec.run.timeoutMs: must be at least 1 and at most 315360000000"},
        {[](Spec& s) { s.run->limits.reset(); }, ""},
    })));
}

TEST_CASE("Every rule on the limits") {
    using Spec = ExecutionCellSpec;
    const std::string limits = "spec.run.limits.";
    const std::string positive = ": must be at least 1";
    check(GENERATE_COPY(values<Case>({
        {[](Spec& s) { s.run->limits = cellos::Limits{}; }, ""},
        {[](Spec& s) { s.run->limits->memory_max_bytes = largest; }, ""},
        {[](Spec& s) { s.run->limits->memory_max_bytes = 4 << 20; }, ""},
        {[](Spec& s) { s.run->limits->memory_max_bytes = (4 << 20) - 1; },
         limits + "memoryMaxBytes: must be at least 4194304"},
        {[](Spec& s) {
             s.run->limits->cpu_max = cellos::CpuMax{1, {}};
         },
         ""},
        {[](Spec& s) { s.run->limits->cpu_max->quota_micros = 0; },
         limits + "cpuMax.quotaMicros" + positive},
        {[](Spec& s) { s.run->limits->cpu_max->period_micros = 0; },
         limits + "cpuMax.periodMicros" + positive},
        {[](Spec& s) { s.run->limits->graceful_shutdown_seconds = -1; },
         limits + "gracefulShutdownSeconds: must be at least 0 and at most 315360000"},
        {[](Spec& s) { s.run->limits->max_processes = 0; }, limits + "maxProcesses" + positive},
        {[](Spec& s) { s.run->limits->max_open_files = 0; }, limits + "maxOpenFiles" + positive},
        {[](Spec& s) { s.run->limits->max_file_bytes = -1; }, limits + "maxFileBytes" + positive},
        {[](Spec& s) { s.run->limits->scratch_bytes = 0; }, limits + "scratchBytes" + positive},
        {[](Spec& s) { s.run->limits->max_output_bytes = 0; },
         limits + "maxOutputBytes" + positive},
        {[](Spec& s) { s.run->limits->cpu_time_ms = 1; }, ""},
        {[](Spec& s) { s.run->limits->cpu_time_ms = ten_years * 1000; }, ""},
        {[](Spec& s) { s.run->limits->cpu_time_ms = 0; },
         limits + "cpuTimeMs: must be at least 1 and at most 315360000000"},
        {[](Spec& s) { s.run->limits->cpu_time_ms = largest; },
         limits + "cpuTimeMs: must be at least 1 and at most 315360000000"},
        {[](Spec& s) { s.run->limits->stack_bytes = 64 << 10; }, ""},
        {[](Spec& s) { s.run->limits->stack_bytes = 1 << 30; }, ""},
        {[](Spec& s) { s.run->limits->stack_bytes = (64 << 10) - 1; },
         limits + "stackBytes: must be at least 65536 and at most 1073741824"},
        {[](Spec& s) { s.run->limits->stack_bytes = (1 << 30) + 1; },
         limits + "stackBytes: must be at least 65536 and at most 1073741824"},
    })));
}

TEST_CASE("Every rule on environment, authority and lifetime") {
    using Spec = ExecutionCellSpec;
    const std::string variables = "spec.environment.variables";
    const std::string name_rule = ": must have a non-empty name without '=' and NUL";
    const std::string reference_rule =
        ": must be usable as a variable's name: at most 128 letters, "
        "digits and '_', not beginning with a digit";
    const std::string host_rule = ": must be a host name, an IPv4 or IPv6 address, or a CIDR block";
    const std::string port_rule = ": must be at least 1 and at most 65535";
    check(GENERATE_COPY(values<Case>({
        {[](Spec& s) { s.environment.reset(); }, ""},
        {[](Spec& s) { s.environment->variables["a.b"] = ""; }, ""},
        {[](Spec& s) { s.environment->variables[""] = "x"; }, variables + "[\"\"]" + name_rule},
        {[](Spec& s) { s.environment->variables["A=B"] = "x"; },
         variables + "[\"A=B\"]" + name_rule},
        {[](Spec& s) { s.environment->variables["A" + nul] = "x"; },
         variables + "[\"A\\x00\"]" + name_rule},
        {[](Spec& s) { s.environment->variables["A"] = "x" + nul; },
         variables + ".A: " + text_rule},
        {[](Spec& s) { s.environment->variables["A"] = "\xFF"; }, variables + ".A: " + text_rule},
        {[](Spec& s) { s.authority = {}; }, ""},
        {[](Spec& s) { s.authority.secret_refs[1] = "1st"; },
         "spec.authority.secretRefs[1]" + reference_rule},
        {[](Spec& s) { s.authority.secret_refs[0] = ""; },
         "spec.authority.secretRefs[0]" + reference_rule},
        {[](Spec& s) { s.authority.secret_refs[1] = "API_TOKEN"; },
         "spec.authority.secretRefs[1]: names a secret twice"},
        {[](Spec& s) {
             s.authority.secret_refs = {"A", "B", "C", "A"};
         },
         "spec.authority.secretRefs[3]: names a secret twice"},
        {[](Spec& s) {
             s.authority.secret_refs = {"C", "A", "B", "B"};
         },
         "spec.authority.secretRefs[3]: names a secret twice"},
        {[](Spec& s) { s.authority.secret_refs[1] = "LANG"; }, ""}, // a file of that name
        {[](Spec& s) {
             s.authority.secret_refs[1] = "LANG";
             s.run->secret_delivery.reset();
         },
         "spec.authority.secretRefs[1]: is also the name of a variable in spec.environment"},
        {[](Spec& s) {
             s.authority.secret_refs = {"PATH", "HOME"};
         },
         ""}, // files of these names
        {[](Spec& s) {
             s.authority.secret_refs[1] = "PATH";
             s.run->secret_delivery = cellos::SecretDelivery::Env;
         },
         "spec.authority.secretRefs[1]: is also the name of a variable that every cell has"},
        {[](Spec& s) {
             s.authority.secret_refs[0] = "HOME";
             s.environment.reset();
             s.run->secret_delivery.reset();
         },
         "spec.authority.secretRefs[0]: is also the name of a variable that every cell has"},
        {[](Spec& s) { s.authority.egress_rules[0].host = "10.0.0.0/8"; }, ""},
        {[](Spec& s) { s.authority.egress_rules[0].host = ""; },
         "spec.authority.egressRules[0].host" + host_rule},
        {[](Spec& s) { s.authority.egress_rules[1].host = "*"; },
         "spec.authority.egressRules[1].host" + host_rule},
        {[](Spec& s) { s.authority.egress_rules[0].port = 65535; }, ""},
        {[](Spec& s) { s.authority.egress_rules[0].port = 0; },
         "spec.authority.egressRules[0].port" + port_rule},
        {[](Spec& s) { s.authority.egress_rules[1].port = 65536; },
         "spec.authority.egressRules[1].port" + port_rule},
        {[](Spec& s) { s.lifetime.ttl_seconds = ten_years; }, ""},
        {[](Spec& s) { s.lifetime.ttl_seconds = ten_years + 1; },
         "spec.lifetime.ttlSeconds: must be at least 1 and at most 315360000"},
        {[](Spec& s) { s.lifetime.ttl_seconds = 0; },
         "spec.lifetime.ttlSeconds: must be at least 1 and at most 315360000"},
    })));
}

TEST_CASE("Every rule on what leaves the cell and what it is known by") {
    using Spec = ExecutionCellSpec;
    const std::string name_rule =
        ": must be a file name of at most 255 letters, digits, '.', '_' and '-'";
    const std::string nonempty = ": must be non-empty UTF-8 without NUL";
    check(GENERATE_COPY(values<Case>({
        {[](Spec& s) { s.export_->artifacts.clear(); }, ""},
        {[](Spec& s) { s.export_->artifacts[1].name = "a/b"; },
         "spec.export.artifacts[1].name" + name_rule},
        {[](Spec& s) { s.export_->artifacts[0].name = ".."; },
         "spec.export.artifacts[0].name" + name_rule},
        {[](Spec& s) { s.export_->artifacts[1].name = "log.txt"; },
         "spec.export.artifacts[1].name: names an artifact twice"},
        {[](Spec& s) { s.export_->artifacts[0].path = "log.txt"; },
         "spec.export.artifacts[0].path: " + path_rule},
        {[](Spec& s) { s.export_->artifacts[1].path = "/work/../etc/shadow"; },
         "spec.export.artifacts[1].path: " + path_rule},
        {[](Spec& s) { s.export_->artifacts[0].path = deep(64); }, ""},
        {[](Spec& s) { s.export_->artifacts[0].path = deep(65); },
         "spec.export.artifacts[0].path: " + path_rule},
        {[](Spec& s) { s.export_->artifacts = artifacts(64); }, ""},
        {[](Spec& s) { s.export_->artifacts = artifacts(65); },
         "spec.export.artifacts: must hold at most 64"},
        {[](Spec& s) { s.correlation = cellos::Correlation{}; }, ""},
        {[](Spec& s) { s.correlation->platform = nul; }, "spec.correlation.platform: " + text_rule},
        {[](Spec& s) { s.correlation->external_run_id = nul; },
         "spec.correlation.externalRunId: " + text_rule},
        {[](Spec& s) { s.correlation->external_job_id = nul; },
         "spec.correlation.externalJobId: " + text_rule},
        {[](Spec& s) { s.correlation->tenant_id = "\xFF"; },
         "spec.correlation.tenantId: " + text_rule},
        {[](Spec& s) { s.correlation->correlation_id = nul; },
         "spec.correlation.correlationId: " + text_rule},
        {[](Spec& s) { s.correlation->labels["k"] = nul; },
         "spec.correlation.labels.k: " + text_rule},
        {[](Spec& s) { s.correlation->labels["\xFF"] = ""; },
         "spec.correlation.labels[\"\\xff\"]: " + text_rule},
        {[](Spec& s) { s.placement = cellos::Placement{}; }, ""},
        {[](Spec& s) { s.placement->pool_id = nul; }, "spec.placement.poolId: " + text_rule},
        {[](Spec& s) { s.placement->kubernetes_namespace = nul; },
         "spec.placement.kubernetesNamespace: " + text_rule},
        {[](Spec& s) { s.placement->queue_name = nul; }, "spec.placement.queueName: " + text_rule},
        {[](Spec& s) { s.policy->pack_id = ""; }, "spec.policy.packId" + nonempty},
        {[](Spec& s) { s.policy->pack_version = ""; }, "spec.policy.packVersion" + nonempty},
        {[](Spec& s) { s.identity->audience = ""; }, "spec.identity.audience" + nonempty},
    })));
}

TEST_CASE("All violations are reported at once") {
    ExecutionCellDocument document;
    document.spec.run.emplace();
    document.spec.authority.egress_rules = {{"", 0, {}}};
    const auto result = validate(document);
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == CellosError::Kind::InvalidSpec);
    CHECK(
        result.error().message ==
        "spec.id must be non-empty\n"
        "spec.run.argv: must hold at least the program\n"
        "spec.authority.egressRules[0].host: must be a host name, an IPv4 or IPv6 address, or a "
        "CIDR block\n"
        "spec.authority.egressRules[0].port: must be at least 1 and at most 65535\n"
        "spec.lifetime.ttlSeconds: must be at least 1 and at most 315360000"
    );
}

TEST_CASE("The bounds of argv are those of its backend, each argument with its NUL") {
    ExecutionCellDocument document = sample_document();
    auto& argv = document.spec.run->argv;
    const cellos::ArgvBounds defaults;
    CHECK(defaults == cellos::ArgvBounds{.argument = 131072, .together = 1048576});

    argv = {"a", std::string(131071, 'a')};
    CHECK(validate_for(defaults, document));
    argv = {"a", std::string(131072, 'a')};
    CHECK(validate(document));
    const auto argument = validate_for(defaults, document);
    REQUIRE_FALSE(argument);
    CHECK(
        argument.error() ==
        CellosError{
            CellosError::Kind::ArgvTooLarge,
            "spec.run.argv[1]: takes 131073 bytes with the NUL of each argument; at most 131072 "
            "fit this backend: pass longer texts as input files"}
    );

    argv.assign(8, std::string(131071, 'a'));
    CHECK(validate_for(defaults, document));
    argv.emplace_back();
    const auto together = validate_for(defaults, document);
    REQUIRE_FALSE(together);
    CHECK(
        together.error() ==
        CellosError{
            CellosError::Kind::ArgvTooLarge,
            "spec.run.argv: takes 1048577 bytes with the NUL of each argument; at most 1048576 "
            "fit this backend: pass longer texts as input files"}
    );
    document.spec.lifetime.ttl_seconds = 0;
    CHECK(validate_for(defaults, document).error().kind == CellosError::Kind::InvalidSpec);

    document = sample_document();
    argv = {"12345", ""};
    CHECK(validate_for({.argument = 6, .together = 7}, document));
    CHECK_FALSE(validate_for({.argument = 5, .together = 7}, document));
    CHECK_FALSE(validate_for({.argument = 6, .together = 6}, document));
    document.spec.run.reset();
    CHECK(validate_for({.argument = 0, .together = 0}, document));
}

TEST_CASE("No message holds the value of a variable") {
    ExecutionCellDocument document = sample_document();
    document.spec.environment->variables = {
        {"A", "hunter2" + nul}, {"B", "hunter2\xFF"}, {"C=", "hunter2"}, {"", "hunter2"}};
    const auto result = validate(document);
    REQUIRE_FALSE(result);
    CHECK_THAT(result.error().message, !Catch::Matchers::ContainsSubstring("hunter2"));
    CHECK_THAT(result.error().message, Catch::Matchers::ContainsSubstring("variables.A"));
}
