// What cellos-run lets a document ask for: policy packs, listed secrets, ceilings.
#include "examples/documents.hpp"
#include "examples/program.hpp"
#include "support/catch.hpp"
#include "support/lines_of.hpp"
#include "support/temporary_directory.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace cellos_test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Json = nlohmann::json;

namespace {

const std::string stub_says =
    "cellos-run: the stub backend isolates nothing: the command runs on this host, as this user\n";

constexpr const char* pack = R"({"id": "ci", "version": "1.2", "rules": {
    "maxTtlSeconds": 60, "requiredLimits": ["maxOpenFiles"], "allowedSecrets": ["CI_*"],
    "allowedPrograms": ["/bin/sh"]}})";

} // namespace

TEST_CASE(
    "Option --policy admits what its pack allows, refuses the rest with all reasons, and tells it"
) {
    const TemporaryDirectory directory;
    const auto policy = directory.write("pack.json", pack).native();
    const auto events = (directory.path() / "events.jsonl").native();
    const auto call = [&](const Json& document) {
        return cellos_run(
            {"--backend", "stub", "--policy", policy, "--events", events, "-"}, document.dump()
        );
    };
    auto document = shell("echo ran");
    document["spec"]["run"]["limits"]["maxOpenFiles"] = 64;
    document["spec"]["policy"] = {{"packId", "ci"}, {"packVersion", "1.2"}};
    CHECK(call(document).output == "ran\n");
    document["spec"].erase("policy");
    CHECK(call(document).output == "ran\n"); // but held to the pack

    auto greedy = shell("echo ran");
    greedy["spec"]["lifetime"]["ttlSeconds"] = 61;
    greedy["spec"]["run"]["argv"][0] = "sh";
    const auto refused = call(greedy);
    CHECK(refused.code == 125);
    CHECK(refused.output.empty());
    CHECK(
        refused.errors ==
        stub_says +
            "cellos-run: refused by policy: spec.lifetime.ttlSeconds: must be at most 60, says the "
            "policy\n"
            "cellos-run: spec.run.limits.maxOpenFiles: is missing: the policy requires it\n"
            "cellos-run: spec.run.argv[0]: is no program that the policy allows\n"
    );

    const auto lines = lines_of(events);
    REQUIRE(lines.size() == 2 * 6 + 1);
    CHECK_THAT(lines.front(), ContainsSubstring("cell.policy.v1.admitted"));
    CHECK_THAT(lines.back(), ContainsSubstring("cell.policy.v1.refused"));
    CHECK_THAT(lines.back(), ContainsSubstring(R"("packId":"ci","packVersion":"1.2")"));
    const auto verified = cellos_run({"--verify-events", events});
    CHECK(verified.errors.empty());
    CHECK_THAT(verified.output, EndsWith("13 events of 3 cells, 0 signed: complete and legal\n"));

    // The end of a life that was admitted cannot be cut off.
    const auto cut = directory.write("cut.jsonl", lines.front() + '\n').native();
    CHECK(cellos_run({"--verify-events", cut}).code == 1);
}

TEST_CASE("A document whose policy pack is not there, or in another version, does not run") {
    const TemporaryDirectory directory;
    const auto policy = directory.write("pack.json", pack).native();
    auto document = shell("echo ran");
    document["spec"]["run"]["limits"]["maxOpenFiles"] = 64;
    const auto call = [&](const char* id, const char* version, std::vector<std::string> options) {
        document["spec"]["policy"] = {{"packId", id}, {"packVersion", version}};
        options.insert(options.end(), {"--backend", "stub", "-"});
        const auto end = cellos_run(options, document.dump());
        CHECK(end.code == 125);
        CHECK(end.output.empty());
        return end.errors;
    };
    CHECK_THAT(call("ci", "1.2", {}), ContainsSubstring("has no admission policy"));
    CHECK_THAT(call("other", "1.2", {"--policy", policy}), ContainsSubstring("spec.policy.packId"));
    CHECK_THAT(call("ci", "1", {"--policy", policy}), ContainsSubstring("spec.policy.packVersion"));
}

TEST_CASE("A policy pack that is none is an error before anything starts, with its places") {
    const TemporaryDirectory directory;
    const auto bad =
        directory.write("bad.json", R"({"id": "ci", "version": "1", "rules": {"maxTtl": 1}})");
    const auto refused = [&](const std::string& policy, std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--backend", "stub", "--policy", policy, "-"});
        const auto end = cellos_run(arguments, shell("echo ran").dump());
        CHECK(end.code == 125);
        CHECK(end.output.empty());
        return end.errors;
    };
    for (const std::vector<std::string>& task : {std::vector<std::string>{}, {"validate"}}) {
        CHECK_THAT(
            refused(bad.native(), task),
            ContainsSubstring(bad.native() + ": rules.maxTtl: unknown field")
        );
        CHECK_THAT(refused("/no/such/pack", task), ContainsSubstring("/no/such/pack"));
    }
}

TEST_CASE("validate holds documents against a policy pack, too") {
    const TemporaryDirectory directory;
    const auto policy = directory.write("pack.json", pack).native();
    auto good = shell("true");
    good["spec"]["run"]["limits"]["maxOpenFiles"] = 64;
    const auto good_file = directory.write("good.json", good.dump()).native();
    const auto greedy_file = directory.write("greedy.json", shell("true").dump()).native();
    const auto end = cellos_run({"validate", "--policy", policy, greedy_file, good_file});
    CHECK(end.code == 125);
    CHECK(end.output == good_file + ": valid\n");
    CHECK(
        end.errors == "cellos-run: " + greedy_file +
                          ": spec.run.limits.maxOpenFiles: is missing: the policy requires it\n"
    );
    CHECK(cellos_run({"validate", greedy_file}).code == 0);
}

TEST_CASE("A document gets the variables that the command line lists, and no other") {
    const auto call = [](std::vector<std::string> options, std::vector<std::string> references) {
        auto document = shell("echo \"$TOKEN,$KEY\"");
        document["spec"]["authority"]["secretRefs"] = std::move(references);
        options.insert(options.end(), {"--backend", "stub", "-"});
        return Program{
            .arguments = std::move(options),
            .input = document.dump(),
            .environment =
                {"PATH=/usr/bin:/bin", "TOKEN=of-the-program", "KEY=key", "CELL_TOKEN=for-cells"}}
            .run();
    };
    CHECK(call({"--secret", "TOKEN"}, {"TOKEN"}).output == "of-the-program,\n");
    CHECK(call({"--secret-prefix", "CELL_"}, {"TOKEN"}).output == "for-cells,\n");
    CHECK(
        call({"--secret-prefix", "CELL_", "--secret", "KEY"}, {"TOKEN", "KEY"}).output ==
        "for-cells,key\n"
    );
    CHECK(call({}, {}).output == ",\n");

    const auto refused = [&](std::vector<std::string> options, std::vector<std::string> names) {
        const auto end = call(std::move(options), std::move(names));
        CHECK(end.code == 125);
        CHECK(end.output.empty());
        return end.errors;
    };
    CHECK(
        refused({"--secret", "OTHER"}, {"TOKEN", "OTHER", "KEY"}) ==
        "cellos-run: secret broker error: spec.authority.secretRefs[0]: is not handed out: list it "
        "by --secret TOKEN, or use --secret-prefix\n"
        "cellos-run: spec.authority.secretRefs[2]: is not handed out: list it by --secret KEY, or "
        "use --secret-prefix\n"
    );
    CHECK_THAT(refused({}, {"TOKEN"}), ContainsSubstring("is not handed out"));
    CHECK_THAT(
        refused({"--secret-prefix", "CELL_"}, {"KEY"}), ContainsSubstring("CELL_KEY is not set")
    );
    CHECK_THAT(refused({"--secret-prefix", ""}, {}), ContainsSubstring("must not be empty"));
    CHECK_THAT(
        refused({"--secret", "PATH"}, {"PATH"}),
        ContainsSubstring("spec.authority.secretRefs[0]: is also the name of a variable that every")
    );
}

TEST_CASE("The ceilings of the command line hold documents that ask for more, or say nothing") {
    auto document = shell("ulimit -n");
    const auto call = [&](std::vector<std::string> options) {
        options.emplace_back("-");
        return cellos_run(options, document.dump());
    };
    CHECK(call({"--max-open-files", "20"}).output == "20\n");
    document["spec"]["run"]["limits"] = {{"maxOpenFiles", 21}, {"memoryMaxBytes", 1 << 30}};
    const auto refused = call(
        {"--max-open-files",
         "20",
         "--max-memory",
         "512M",
         "--max-processes",
         "9",
         "--max-scratch",
         "1M",
         "--max-output",
         "1K",
         "--max-ttl",
         "59",
         "--max-cells",
         "1"}
    );
    CHECK(refused.code == 125);
    CHECK(refused.output.empty());
    for (const char* line :
         {"spec.run.limits.maxOpenFiles must be at most 20, the operator's ceiling",
          "spec.run.limits.memoryMaxBytes must be at most 536870912, the operator's ceiling",
          "spec.lifetime.ttlSeconds must be at most 59, the operator's ceiling"})
        CHECK_THAT(refused.errors, ContainsSubstring(line));
    CHECK(call({"--max-open-files", "0"}).code == 125);
    CHECK_THAT(call({"--max-memory", "much"}).errors, ContainsSubstring("--max-memory"));

    // Who could not hold it does not run it.
    const auto stub = call({"--backend", "stub", "--max-open-files", "64"});
    CHECK(stub.code == 125);
    CHECK(stub.output.empty());
    CHECK_THAT(stub.errors, ContainsSubstring("--max-"));
}
