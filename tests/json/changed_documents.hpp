// The sample document with one place changed, and what `parse_document` and the schema make of it.
#pragma once

#include "core/sample_document.hpp"

#include <cellos/json/document.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cellos::test {

struct ChangedDocument {
    enum class Schema {
        Agrees,  // accepts and refuses what parse_document does
        Accepts, // cannot express the rule
    };

    std::string pointer; // RFC 6901
    std::string value;   // JSON; empty: the place is removed
    std::string message; // of parse_document; empty: the document is valid
    Schema schema = Schema::Agrees;

    std::string text() const {
        nlohmann::json tree = nlohmann::json::parse(to_json(sample_document()));
        const nlohmann::json::json_pointer place{pointer};
        if (value.empty()) {
            tree.at(place.parent_pointer()).erase(place.back());
        } else {
            tree[place] = nlohmann::json::parse(value);
        }
        return tree.dump();
    }
};

inline std::vector<ChangedDocument> changed_documents() {
    constexpr auto accepts = ChangedDocument::Schema::Accepts;
    const std::string text_rule = "must be UTF-8 without NUL";
    const std::string path_rule =
        "must be an absolute path without \"..\", of at most 4095 bytes and 64 components, none "
        "longer than 255 bytes";
    std::string long_path = "\"";
    for (int i = 0; i < 20; ++i) long_path += '/' + std::string(255, 'd');
    long_path += '"';
    std::string deep_path = "\"";
    for (int i = 0; i < 65; ++i) deep_path += "/d";
    deep_path += '"';
    std::string many_artifacts = "[";
    for (int i = 0; i < 65; ++i)
        many_artifacts += (i == 0 ? "" : ",") + std::string{R"({"name": "a)"} + std::to_string(i) +
                          R"(", "path": "/out/a"})";
    many_artifacts += ']';
    const std::string id_rule = "must be at most 128 letters, digits, '.', '_' and '-', begin with "
                                "a letter or digit and not hold \"..\"";
    const std::string name_rule =
        "must be a file name of at most 255 letters, digits, '.', '_' and '-'";
    const std::string time_out_rule = "must be at least 1 and at most 315360000000";
    const std::string no_fraction = "must be an integer, without fraction or exponent";
    return {
        {"/apiVersion", R"("cellos.io/v2")", "apiVersion: must be \"cellos.io/v1\""},
        {"/apiVersion", "", "apiVersion: is missing"},
        {"/kind", R"("Cell")", "kind: must be \"ExecutionCell\""},
        {"/kind", "7", "kind: must be a string, not a number"},
        {"/metadata", "{}", "metadata: unknown field"},
        {"/spec", "", "spec: is missing"},
        {"/spec", "[]", "spec: must be an object, not an array"},
        {"/spec/ingress", "{}", "spec.ingress: is not supported"},
        {"/spec/telemetry", "null", "spec.telemetry: is not supported"},

        {"/spec/id", R"("a")", ""},
        {"/spec/id", "", "spec.id: is missing"},
        {"/spec/id", R"("")", "spec.id must be non-empty"},
        {"/spec/id", R"("a/b")", "spec.id: " + id_rule},
        {"/spec/id", R"("a..b")", "spec.id: " + id_rule},
        {"/spec/id", "null", "spec.id: must be a string, not null"},

        {"/spec/run", "", ""},
        {"/spec/run", "null", "spec.run: must be an object, not null"},
        {"/spec/run", "{}", "spec.run.argv: must hold at least the program"},
        {"/spec/run/argvv", "[]", "spec.run.argvv: unknown field"},
        {"/spec/run/argv", "[]", "spec.run.argv: must hold at least the program"},
        {"/spec/run/argv", R"("ls -l")", "spec.run.argv: must be an array, not a string"},
        {"/spec/run/argv/1", "true", "spec.run.argv[1]: must be a string, not a boolean"},
        {"/spec/run/argv/1", R"("\u0000")", "spec.run.argv[1]: " + text_rule},
        {"/spec/run/argv/1", '"' + std::string(5000, 'a') + '"', ""}, // a backend may take it
        {"/spec/run/workingDirectory", R"("/a/b")", ""},
        {"/spec/run/workingDirectory", R"("a")", "spec.run.workingDirectory: " + path_rule},
        {"/spec/run/workingDirectory", R"("/a/..")", "spec.run.workingDirectory: " + path_rule},
        {"/spec/run/workingDirectory", long_path, "spec.run.workingDirectory: " + path_rule},
        {"/spec/run/workingDirectory", deep_path, "spec.run.workingDirectory: " + path_rule},
        {"/spec/run/timeoutMs", "1", ""},
        {"/spec/run/timeoutMs", "0", "spec.run.timeoutMs: " + time_out_rule},
        {"/spec/run/timeoutMs", "-1", "spec.run.timeoutMs: " + time_out_rule},
        {"/spec/run/timeoutMs", "1.5", "spec.run.timeoutMs: " + no_fraction},
        {"/spec/run/timeoutMs", R"("1")", "spec.run.timeoutMs: must be an integer, not a string"},
        {"/spec/run/timeoutMs", "true", "spec.run.timeoutMs: must be an integer, not a boolean"},
        {"/spec/run/secretDelivery", "", ""},
        {"/spec/run/secretDelivery", R"("env")", ""},
        {"/spec/run/secretDelivery", R"("runtimeBroker")", ""},
        {"/spec/run/secretDelivery", R"("runtimeLeasedBroker")", ""},
        {"/spec/run/secretDelivery",
         R"("Env")",
         "spec.run.secretDelivery: must be one of env, file, runtimeBroker, runtimeLeasedBroker"},
        {"/spec/run/secretDelivery",
         "0",
         "spec.run.secretDelivery: must be a string, not a number"},
        {"/spec/run/limits", "{}", ""},
        {"/spec/run/limits/memoryMaxBytes", "9223372036854775807", ""},
        {"/spec/run/limits/memoryMaxBytes", "4194304", ""},
        {"/spec/run/limits/memoryMaxBytes",
         "4194303",
         "spec.run.limits.memoryMaxBytes: must be at least 4194304"},
        {"/spec/run/limits/cpuMax/quotaMicros",
         "",
         "spec.run.limits.cpuMax.quotaMicros: is missing"},
        {"/spec/run/limits/cpuMax/quotaMicros",
         "0",
         "spec.run.limits.cpuMax.quotaMicros: must be at least 1"},
        {"/spec/run/limits/cpuMax/periodMicros", "", ""},
        {"/spec/run/limits/cpuMax/periodMicros",
         "-1",
         "spec.run.limits.cpuMax.periodMicros: must be at least 1"},
        {"/spec/run/limits/gracefulShutdownSeconds",
         "-1",
         "spec.run.limits.gracefulShutdownSeconds: must be at least 0 and at most 315360000"},
        {"/spec/run/limits/maxProcesses", "0", "spec.run.limits.maxProcesses: must be at least 1"},
        {"/spec/run/limits/maxOpenFiles", "0", "spec.run.limits.maxOpenFiles: must be at least 1"},
        {"/spec/run/limits/maxFileBytes", "0", "spec.run.limits.maxFileBytes: must be at least 1"},
        {"/spec/run/limits/scratchBytes", "0", "spec.run.limits.scratchBytes: must be at least 1"},
        {"/spec/run/limits/maxOutputBytes",
         "0",
         "spec.run.limits.maxOutputBytes: must be at least 1"},
        {"/spec/run/limits/cpuTimeMs",
         "0",
         "spec.run.limits.cpuTimeMs: must be at least 1 and at most 315360000000"},
        {"/spec/run/limits/stackBytes", "65536", ""},
        {"/spec/run/limits/stackBytes",
         "65535",
         "spec.run.limits.stackBytes: must be at least 65536 and at most 1073741824"},
        {"/spec/run/limits/stackBytes",
         "1073741825",
         "spec.run.limits.stackBytes: must be at least 65536 and at most 1073741824"},

        {"/spec/environment", "", ""},
        {"/spec/environment", "{}", ""},
        {"/spec/environment/A", R"("x")", "spec.environment.A: unknown field"},
        {"/spec/environment/variables", R"({"a.b": ""})", ""},
        {"/spec/environment/variables",
         R"(["A=x"])",
         "spec.environment.variables: must be an object, not an array"},
        {"/spec/environment/variables/A",
         "1",
         "spec.environment.variables.A: must be a string, not a number"},
        {"/spec/environment/variables/A",
         R"("x\u0000")",
         "spec.environment.variables.A: " + text_rule},
        {"/spec/environment/variables/A=B",
         R"("x")",
         "spec.environment.variables[\"A=B\"]: must have a non-empty name without '=' and NUL"},

        {"/spec/authority", "", "spec.authority: is missing"},
        {"/spec/authority", "{}", ""},
        {"/spec/authority/secretRefs/1",
         R"("a-b")",
         "spec.authority.secretRefs[1]: must be usable as a variable's name: at most 128 letters, "
         "digits and '_', not beginning with a digit"},
        {"/spec/authority/secretRefs/1",
         R"("API_TOKEN")",
         "spec.authority.secretRefs[1]: names a secret twice"},
        {"/spec/authority/egressRules/0/host", R"("::1")", ""},
        {"/spec/authority/egressRules/0/host",
         R"("a b")",
         "spec.authority.egressRules[0].host: must be a host name, an IPv4 or IPv6 address, or a "
         "CIDR block",
         accepts},
        {"/spec/authority/egressRules/1/host",
         "",
         "spec.authority.egressRules[1].host: is missing"},
        {"/spec/authority/egressRules/1/port",
         "",
         "spec.authority.egressRules[1].port: is missing"},
        {"/spec/authority/egressRules/0/port",
         "65536",
         "spec.authority.egressRules[0].port: must be at least 1 and at most 65535"},
        {"/spec/authority/egressRules/0/protocol", R"("tcp")", ""},
        {"/spec/authority/egressRules/0/protocol",
         R"("icmp")",
         "spec.authority.egressRules[0].protocol: must be one of tcp, udp"},

        {"/spec/lifetime", "", "spec.lifetime: is missing"},
        {"/spec/lifetime", "{}", "spec.lifetime.ttlSeconds: is missing"},
        {"/spec/lifetime/ttlSeconds",
         "0",
         "spec.lifetime.ttlSeconds: must be at least 1 and at most 315360000"},

        {"/spec/export", "", ""},
        {"/spec/export", "{}", ""},
        {"/spec/export/artifacts/0/name",
         R"("a/b")",
         "spec.export.artifacts[0].name: " + name_rule},
        {"/spec/export/artifacts/0/name", "", "spec.export.artifacts[0].name: is missing"},
        {"/spec/export/artifacts/0/name",
         R"("core")",
         "spec.export.artifacts[1].name: names an artifact twice",
         accepts},
        {"/spec/export/artifacts/1/path",
         R"("core")",
         "spec.export.artifacts[1].path: " + path_rule},
        {"/spec/export/artifacts/1/path", deep_path, "spec.export.artifacts[1].path: " + path_rule},
        {"/spec/export/artifacts", many_artifacts, "spec.export.artifacts: must hold at most 64"},
        {"/spec/export/artifacts/1/path", "", "spec.export.artifacts[1].path: is missing"},

        {"/spec/correlation", "{}", ""},
        {"/spec/correlation/platform", R"("\u0000")", "spec.correlation.platform: " + text_rule},
        {"/spec/correlation/labels/k",
         "1",
         "spec.correlation.labels.k: must be a string, not a number"},
        {"/spec/correlation/label", "{}", "spec.correlation.label: unknown field"},
        {"/spec/placement", "{}", ""},
        {"/spec/placement/queueName",
         "[]",
         "spec.placement.queueName: must be a string, not an array"},
        {"/spec/policy", "", ""},
        {"/spec/policy/packId", "", "spec.policy.packId: is missing"},
        {"/spec/policy/packVersion",
         R"("")",
         "spec.policy.packVersion: must be non-empty UTF-8 without NUL"},
        {"/spec/identity/audience", "", "spec.identity.audience: is missing"},
        {"/spec/identity/audience",
         R"("")",
         "spec.identity.audience: must be non-empty UTF-8 without NUL"},
    };
}

} // namespace cellos::test
