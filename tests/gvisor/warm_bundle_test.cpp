// The bundle of a sandbox that is booted before its cell is known: what the launcher may do there,
// and that it sees no more of the host than the cell will.
#include "gvisor/oci_schema.hpp"
#include "support/catch.hpp"

#include <cellos/core/command_document.hpp>
#include <cellos/core/environment.hpp>
#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/bundle/warm_bundle.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using cellos::DirectoryRootfs;
using cellos::ExecutionCellDocument;
using cellos::GVisorConfig;
using cellos::gvisor::CellFacts;
using cellos::gvisor::CellPlaces;
using cellos::gvisor::WarmParameters;
using nlohmann::json;

ExecutionCellDocument document_like() {
    auto document = cellos::command_document("warm-sandbox", {"never-run"});
    document.spec.run->secret_delivery = cellos::SecretDelivery::File;
    document.spec.authority.secret_refs = {"TOKEN"};
    document.spec.export_ = cellos::ExportSpec{{{"log", "/artifacts/log"}}};
    return document;
}

ExecutionCellDocument document_without_files() {
    return cellos::command_document("warm-sandbox", {"never-run"});
}

const GVisorConfig shown{
    .mounts = {{"/srv/data", "/data", false}, {"/srv/out", "/out", true}}, .user = {1000, 1001}};
const CellFacts facts{.bound_system_directories = {"/lib64"}};
const CellPlaces placed{
    .root = "/run/cellos/1/root",
    .directory = "/run/cellos/1",
    .volumes = "/run/cellos/1/artifacts"};
const WarmParameters full{
    .launcher = "/opt/cellos/cellos-launcher",
    .prepare = {"python3", "-c", "pass"},
    .takes_inputs = true};

json warm_bundle(
    const ExecutionCellDocument& document = document_like(),
    const GVisorConfig& config = shown,
    const WarmParameters& warm = full
) {
    const auto plan = cellos::gvisor::plan_cell(document, config, facts).value();
    return json::parse(cellos::gvisor::generate_warm_config(plan, placed, warm));
}

// The mount at `destination`, null if there is none; no place has two.
json mount_at(const json& config, std::string_view destination) {
    json found;
    for (const auto& mount : config.at("mounts")) {
        if (mount.at("destination") != destination) continue;
        CHECK(found.is_null());
        found = mount;
    }
    return found;
}

std::set<std::string> options_at(const json& config, std::string_view destination) {
    const json mount = mount_at(config, destination);
    REQUIRE(mount.is_object());
    return mount.at("options").get<std::set<std::string>>();
}

} // namespace

TEST_CASE("What waits in a warm sandbox is the launcher, with what it takes to become the cell") {
    const json config = warm_bundle();
    const json& process = config.at("process");
    const std::vector<std::string> needed{
        "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_SYS_ADMIN"};
    CHECK(
        process.at("capabilities") ==
        json{{"bounding", needed}, {"effective", needed}, {"permitted", needed}}
    );
    CHECK(process.at("noNewPrivileges") == true);
    CHECK(process.at("terminal") == false);
    CHECK(process.at("cwd") == "/");
    CHECK(
        process.at("args") == json{"/dev/cellos-launcher", "1000", "1001", "python3", "-c", "pass"}
    );
    CHECK(process.at("env") == json{std::string{"PATH="} + cellos::default_path, "HOME=/"});
    CHECK(process.at("rlimits") == json{{{"type", "RLIMIT_CORE"}, {"hard", 0}, {"soft", 0}}});
}

TEST_CASE("A warm sandbox is as isolated as a cell") {
    const json config = warm_bundle();
    CHECK(config.at("root") == json{{"path", "/run/cellos/1/root"}, {"readonly", true}});
    const auto plan = cellos::gvisor::plan_cell(document_like(), shown, facts).value();
    const auto cold = json::parse(cellos::gvisor::bundle_config(plan, placed, true));
    CHECK(config.at("linux") == cold.at("linux"));
    for (const auto& space : config.at("linux").at("namespaces"))
        CHECK_FALSE(space.contains("path"));
}

TEST_CASE("A warm sandbox sees of the host what its cell will see, and the launcher") {
    std::set<std::string> sources;
    std::set<std::string> writable;
    const json config = warm_bundle();
    for (const auto& mount : config.at("mounts")) {
        if (mount.at("type") != "bind") {
            CHECK(mount.at("source") == mount.at("type"));
            continue;
        }
        sources.insert(mount.at("source"));
        const auto options = options_at(config, mount.at("destination").get<std::string>());
        CHECK(options.contains("nosuid"));
        CHECK(options.contains("nodev"));
        if (!options.contains("ro")) writable.insert(mount.at("source"));
    }
    CHECK(
        sources ==
        std::set<std::string>{
            "/usr",
            "/lib64",
            "/srv/data",
            "/srv/out",
            "/run/cellos/1/artifacts/0",
            "/opt/cellos/cellos-launcher"}
    );
    // What the operator lets cells write to, and where this one's artifacts are.
    CHECK(writable == std::set<std::string>{"/srv/out", "/run/cellos/1/artifacts/0"});
    CHECK(mount_at(config, "/dev/cellos-launcher").at("source") == "/opt/cellos/cellos-launcher");
}

TEST_CASE("Secrets and input files of a warm sandbox will lie in its memory") {
    const json config = warm_bundle();
    CHECK(mount_at(config, "/run/secrets").at("type") == "tmpfs");
    CHECK(
        options_at(config, "/run/secrets") ==
        std::set<std::string>{"nosuid", "nodev", "noexec", "uid=1000", "gid=1001", "mode=700"}
    );
    CHECK(mount_at(config, "/inputs").at("type") == "tmpfs");
    CHECK(
        options_at(config, "/inputs") ==
        std::set<std::string>{"nosuid", "nodev", "noexec", "mode=755"}
    );

    SECTION("where cells of this shape have some") {
        const json bare =
            warm_bundle(document_without_files(), shown, WarmParameters{.launcher = full.launcher});
        CHECK(mount_at(bare, "/run/secrets").is_null());
        CHECK(mount_at(bare, "/inputs").is_null());
        CHECK(
            bare.at("process").at("args") == json{"/dev/cellos-launcher", "1000", "1001", "true"}
        );
    }
    SECTION("but what the operator mounts at the place of secrets stays there") {
        auto with_own = shown;
        with_own.mounts.push_back({"/srv/secrets", "/run/secrets", false});
        const json own = warm_bundle(document_without_files(), with_own);
        CHECK(mount_at(own, "/run/secrets").at("source") == "/srv/secrets");
    }
}

TEST_CASE("A warm sandbox has its volumes, also where other cells have their secrets") {
    auto document = document_without_files();
    document.spec.export_ = cellos::ExportSpec{{{"key", "/run/secrets/key"}}};
    const json mount = mount_at(warm_bundle(document), "/run/secrets");
    CHECK(mount.at("source") == "/run/cellos/1/artifacts/0");
}

TEST_CASE("A warm sandbox in haste runs what it was asked to run, and nothing else") {
    auto warm = full;
    warm.pace = cellos::BootPace::Hasty;
    const json own = warm_bundle(document_like(), shown, warm);
    CHECK(own.at("process") == warm_bundle().at("process"));
    warm.prepare.clear();
    const json bare = warm_bundle(document_like(), shown, warm);
    CHECK(bare.at("process").at("args") == json{"/dev/cellos-launcher", "1000", "1001"});
}

#ifdef CELLOS_OCI_SCHEMA_DIR

TEST_CASE("Every bundle of a warm sandbox is valid by the OCI runtime specification") {
    const cellos_tests::OciSchema schema;
    auto in_scratch = document_like();
    in_scratch.spec.run->working_directory = "/work";
    in_scratch.spec.run->limits = cellos::Limits{.scratch_bytes = std::int64_t{1} << 20};
    const GVisorConfig in_directory{.rootfs = DirectoryRootfs{"/srv/rootfs"}};
    for (const auto& document : {document_like(), document_without_files(), in_scratch}) {
        for (const auto& config : {shown, in_directory, GVisorConfig{}}) {
            const WarmParameters least{.launcher = full.launcher};
            for (const auto& warm : {full, least}) {
                const json written = warm_bundle(document, config, warm);
                INFO(written.dump(1));
                CHECK(schema.violations(written) == "");
            }
        }
    }
}

#endif
