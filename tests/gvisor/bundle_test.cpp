// The config.json of a sandbox: what its agent may do, what it sees of the host, and that nothing
// of what will run in it is there.
#include "gvisor/oci_schema.hpp"
#include "support/catch.hpp"

#include <cellos/core/command_document.hpp>
#include <cellos/core/environment.hpp>
#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/sandbox/places.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using Catch::Matchers::ContainsSubstring;
using cellos::BundleParameters;
using cellos::CellosError;
using cellos::DirectoryRootfs;
using cellos::ExecutionCellDocument;
using cellos::generate_bundle_config;
using cellos::GVisorConfig;
using cellos::HostMount;
using cellos::gvisor::CellPlaces;
using cellos::gvisor::SandboxStart;
using namespace std::string_literals;
using nlohmann::json;

ExecutionCellDocument document_running(std::vector<std::string> argv) {
    return cellos::command_document("cell-1", std::move(argv));
}

ExecutionCellDocument document_in(std::string working_directory) {
    auto document = document_running({"true"});
    document.spec.run->working_directory = std::move(working_directory);
    return document;
}

json bundle(
    const ExecutionCellDocument& document,
    const GVisorConfig& config = {},
    const BundleParameters& parameters = {}
) {
    const auto text = generate_bundle_config(document, config, parameters);
    INFO((text ? std::string{} : text.error().what()));
    REQUIRE(text.has_value());
    return json::parse(*text);
}

CellosError refusal(
    const ExecutionCellDocument& document,
    const GVisorConfig& config = {},
    const BundleParameters& parameters = {}
) {
    const auto text = generate_bundle_config(document, config, parameters);
    REQUIRE_FALSE(text.has_value());
    return text.error();
}

GVisorConfig with_mounts(std::vector<HostMount> mounts) {
    GVisorConfig config;
    config.mounts = std::move(mounts);
    return config;
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

bool has_option(const json& mount, std::string_view option) {
    const auto& options = mount.at("options");
    return std::find(options.begin(), options.end(), option) != options.end();
}

std::set<std::string> options_at(const json& config, std::string_view destination) {
    const json mount = mount_at(config, destination);
    REQUIRE(mount.is_object());
    return mount.at("options").get<std::set<std::string>>();
}

// A document that says as much as one can, each time with other words.
ExecutionCellDocument document_saying(const std::string& word, std::int64_t number) {
    auto document = document_running({word + "-program", word + "-argument"});
    document.spec.environment = cellos::EnvironmentSpec{{{"NAME_" + word, word + "-value"}}};
    document.spec.authority.secret_refs = {"SECRET_" + word};
    document.spec.lifetime.ttl_seconds = number;
    document.spec.correlation = cellos::Correlation{.external_run_id = word + "-run"};
    document.spec.export_ = cellos::ExportSpec{{{word + "-artifact", "/out/" + word + "-file"}}};
    document.spec.run->working_directory = "/usr/" + word;
    document.spec.run->timeout_ms = number + 1;
    document.spec.run->limits = cellos::Limits{
        .memory_max_bytes = number + 2,
        .cpu_max = cellos::CpuMax{.quota_micros = number + 3, .period_micros = 99'991},
        .graceful_shutdown_seconds = number + 4,
        .max_processes = number + 5,
        .max_open_files = number + 6,
        .max_file_bytes = number + 7,
        .max_output_bytes = number + 8,
        .cpu_time_ms = number + 9,
        .stack_bytes = number + 10};
    return document;
}

const SandboxStart full_start{
    .agent = "/opt/cellos/agent", .prepare = {"python3", "-c", "pass"}, .takes_inputs = true};

json sandbox(
    const ExecutionCellDocument& document,
    const GVisorConfig& config = {},
    const SandboxStart& start = full_start
) {
    const CellPlaces places{.root = "/run/cellos/1/root", .volumes = "/run/cellos/1/artifacts"};
    const auto plan = cellos::gvisor::plan_cell(document, config).value();
    return json::parse(cellos::gvisor::bundle_config(plan, places, start));
}

} // namespace

TEST_CASE("The process of a bundle is the agent with what it takes to become the cell's user") {
    GVisorConfig config;
    config.user = {1000, 1001};
    const json written = sandbox(document_running({"never-run"}), config);
    const json& process = written.at("process");
    const std::vector<std::string> needed{
        "CAP_KILL", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_ADMIN", "CAP_SYS_RESOURCE"};
    CHECK(
        process.at("capabilities") ==
        json{{"bounding", needed}, {"effective", needed}, {"permitted", needed}}
    );
    CHECK(process.at("noNewPrivileges") == true);
    CHECK(process.at("terminal") == false);
    CHECK(process.at("user") == json{{"uid", 0}, {"gid", 0}});
    CHECK(process.at("args") == json{"/dev/cellos-agent", "1000", "1001", "python3", "-c", "pass"});
    CHECK(process.at("cwd") == "/");
    CHECK(
        process.at("env") ==
        json{std::string{"PATH="} + cellos::default_path, "HOME=/home/cell", "LANG=C.UTF-8"}
    );
    CHECK(process.at("rlimits") == json{{{"type", "RLIMIT_CORE"}, {"hard", 0}, {"soft", 0}}});
    const json agent = mount_at(written, "/dev/cellos-agent");
    CHECK(agent.at("type") == "bind");
    CHECK(agent.at("source") == "/opt/cellos/agent");
    CHECK(has_option(agent, "ro"));

    SECTION("which runs nothing first unless it is told to") {
        const json bare = sandbox(document_running({"x"}), config, {.agent = "/a"});
        CHECK(bare.at("process").at("args") == json{"/dev/cellos-agent", "1000", "1001"});
    }
    SECTION("which makes itself another user than the cell's") {
        config.user = {0, 7};
        const json other = sandbox(document_running({"x"}), config);
        CHECK(other.at("process").at("user") == json{{"uid", 0}, {"gid", 0}});
        CHECK(other.at("process").at("args").at(1) == "0");
        CHECK(other.at("process").at("args").at(2) == "7");
        CHECK(cellos::gvisor::agent_uid({65532, 65532}) == 0);
    }
}

TEST_CASE("A bundle is isolated from the host") {
    const json config = bundle(document_running({"true"}));
    CHECK(config.at("ociVersion") == "1.0.2");
    CHECK(config.at("root") == json{{"path", "rootfs"}, {"readonly", true}});
    std::set<std::string> namespaces;
    for (const auto& space : config.at("linux").at("namespaces")) {
        CHECK_FALSE(space.contains("path"));
        namespaces.insert(space.at("type"));
    }
    CHECK(namespaces == std::set<std::string>{"ipc", "mount", "network", "pid", "uts"});
}

TEST_CASE("Nothing of what will run is in a bundle") {
    const auto marked = document_saying("m4rk3r", 87'654'300);
    const auto other = document_saying("0th3r", 12'345'600);
    for (const bool files : {false, true}) {
        const auto text_of = [files](ExecutionCellDocument document) {
            if (files) document.spec.run->secret_delivery = cellos::SecretDelivery::File;
            return sandbox(document).dump();
        };
        const std::string text = text_of(marked);
        CHECK_THAT(text, !ContainsSubstring("m4rk3r"));
        CHECK_THAT(text, !ContainsSubstring("876543"));
        CHECK_THAT(text, !ContainsSubstring("99991"));
        CHECK(text == text_of(other));
    }
    SECTION("what the operator has prepared is") {
        CHECK_THAT(sandbox(marked).dump(), ContainsSubstring("python3"));
    }
    SECTION("and so is the shape of what it sees") {
        auto shaped = marked;
        shaped.spec.run->working_directory = "/w0rk";
        shaped.spec.run->limits->scratch_bytes = 4097;
        const json config = sandbox(shaped);
        CHECK(has_option(mount_at(config, "/w0rk"), "size=4097"));
        CHECK(has_option(mount_at(config, "/tmp"), "size=4097"));
        CHECK(has_option(mount_at(config, "/dev/shm"), "size=4097"));
        CHECK(config.at("process") == sandbox(marked).at("process"));
    }
}

TEST_CASE("A bundle's host name is one label made of the cell's id") {
    CHECK(cellos::gvisor::hostname("build-7") == "build-7");
    CHECK(cellos::gvisor::hostname("a.b_c") == "a-b-c");
    CHECK(cellos::gvisor::hostname("x._-") == "x");
    CHECK(cellos::gvisor::hostname(std::string(128, 'a')) == std::string(63, 'a'));
    CHECK(bundle(document_running({"true"})).at("hostname") == "cell-1");
}

TEST_CASE("A document without a command has the same bundle") {
    auto document = document_running({"true"});
    const json with_command = bundle(document);
    document.spec.run.reset();
    CHECK(bundle(document) == with_command);
}

TEST_CASE("Secrets and input files of a sandbox lie in its memory") {
    GVisorConfig config;
    config.user = {1000, 1001};
    auto document = document_running({"true"});
    document.spec.run->secret_delivery = cellos::SecretDelivery::File;
    document.spec.authority.secret_refs = {"TOKEN"};
    const json both = sandbox(document, config);
    CHECK(mount_at(both, "/run/secrets").at("type") == "tmpfs");
    CHECK(
        options_at(both, "/run/secrets") ==
        std::set<std::string>{"nosuid", "nodev", "noexec", "uid=1000", "gid=1001", "mode=700"}
    );
    // They belong to the agent: the workload must not change them, whoever it is.
    CHECK(mount_at(both, "/inputs").at("type") == "tmpfs");
    CHECK(
        options_at(both, "/inputs") ==
        std::set<std::string>{"nosuid", "nodev", "uid=0", "gid=0", "mode=755"}
    );
    config.user = {0, 0};
    const auto of_root = options_at(sandbox(document, config), "/inputs");
    CHECK(of_root.contains("uid=65532"));
    CHECK(of_root.contains("gid=65532"));

    SECTION("where cells of this shape have some") {
        const json none = sandbox(document_running({"true"}), {}, {.agent = "/a"});
        CHECK(mount_at(none, "/run/secrets").is_null());
        CHECK(mount_at(none, "/inputs").is_null());
    }
    SECTION("but what the operator mounts at the place of secrets stays there") {
        const json own =
            sandbox(document_running({"true"}), with_mounts({{"/srv/own", "/run/secrets"}}));
        CHECK(mount_at(own, "/run/secrets").at("source") == "/srv/own");
    }
    SECTION("and so does a volume, also where other cells have their secrets") {
        auto exporting = document_running({"true"});
        exporting.spec.export_ = cellos::ExportSpec{{{"key", "/run/secrets/key"}}};
        CHECK(
            mount_at(sandbox(exporting), "/run/secrets").at("source") == "/run/cellos/1/artifacts/0"
        );
    }
    SECTION("where the workload may also stand") {
        for (const char* cwd : {"/run/secrets", "/run/secrets/x", "/run"}) {
            document.spec.run->working_directory = cwd;
            const json mount = mount_at(sandbox(document), "/run/secrets");
            CHECK(has_option(mount, "mode=700"));
            CHECK(mount_at(sandbox(document), "/run/secrets/x").is_null());
        }
    }
}

TEST_CASE("A SystemRootfs cell sees the host's /usr and the agent and nothing else of it") {
    const json config = bundle(document_running({"true"}));
    std::set<std::string> sources;
    for (const auto& mount : config.at("mounts"))
        if (mount.at("type") == "bind") sources.insert(mount.at("source"));
    CHECK(sources == std::set<std::string>{"/usr", "agent"});
    for (const char* option : {"rbind", "ro", "nosuid", "nodev"})
        CHECK(has_option(mount_at(config, "/usr"), option));
    CHECK(has_option(mount_at(config, "/sys"), "ro"));
    CHECK(has_option(mount_at(config, "/tmp"), "mode=1777"));

    SECTION("a system that is not merged has its directories bound too") {
        BundleParameters parameters;
        parameters.bound_system_directories = {"/lib64"};
        const json bound = mount_at(bundle(document_running({"true"}), {}, parameters), "/lib64");
        CHECK(bound.at("source") == "/lib64");
        CHECK(has_option(bound, "ro"));
    }
    SECTION("so has the choice between its programs, unless it comes with the operator's /etc") {
        BundleParameters parameters;
        parameters.bound_system_directories = {"/etc/alternatives"};
        const json bound = bundle(document_running({"true"}), {}, parameters);
        CHECK(mount_at(bound, "/etc/alternatives").at("source") == "/etc/alternatives");
        CHECK(has_option(mount_at(bound, "/etc/alternatives"), "ro"));

        GVisorConfig own;
        own.mounts = {{"/srv/awk", "/etc/alternatives/awk"}};
        const auto refused =
            cellos::generate_bundle_config(document_running({"true"}), own, parameters);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().message.find("\"/etc/alternatives/awk\"") != std::string::npos);

        own.mounts = {{"/srv/etc", "/etc"}};
        const json hidden = bundle(document_running({"true"}), own, parameters);
        CHECK(mount_at(hidden, "/etc").at("source") == "/srv/etc");
        CHECK(mount_at(hidden, "/etc/alternatives").is_null());
        const auto place = cellos::gvisor::working_directory_on_host(
            cellos::gvisor::plan_cell(
                document_in("/etc/alternatives"),
                own,
                {.bound_system_directories = parameters.bound_system_directories}
            )
                .value(),
            {}
        );
        REQUIRE(place.has_value());
        CHECK(place->directory == "/srv/etc");
        CHECK(place->below == "alternatives");
    }
    SECTION("a DirectoryRootfs has its own") {
        GVisorConfig own;
        own.rootfs = DirectoryRootfs{"/srv/debian"};
        CHECK(mount_at(bundle(document_running({"true"}), own), "/usr").is_null());
    }
}

TEST_CASE("The working directory is the workload's own scratch space where it hides nothing") {
    for (const char* cwd : {"/work", "/home/user/x", "/tmp/job", "/usrlocal", "/inputs2"}) {
        INFO(cwd);
        const json config = bundle(document_in(cwd));
        const json mount = mount_at(config, cwd);
        REQUIRE_FALSE(mount.is_null());
        CHECK(mount.at("type") == "tmpfs");
        CHECK(has_option(mount, "uid=65534"));
        CHECK(has_option(mount, "gid=65534"));
    }
    for (const char* cwd :
         {"/",
          "/tmp",
          "/proc",
          "/proc/self",
          "/sys",
          "/dev/shm/x",
          "/usr",
          "/usr/share",
          "/etc/ssl",
          "/bin",
          "/lib64/x",
          "/inputs"}) {
        INFO(cwd);
        const json mount = mount_at(bundle(document_in(cwd)), cwd);
        CHECK((mount.is_null() || !has_option(mount, "uid=65534")));
    }
    SECTION("written carelessly it is the same place") {
        CHECK_FALSE(mount_at(bundle(document_in("//work/./a//")), "/work/a").is_null());
        CHECK(bundle(document_in("/usr/./")) == bundle(document_in("/usr")));
    }
    SECTION("a mount of the operator's is used as it is") {
        const GVisorConfig config = with_mounts({{"/srv/data", "/work", true}});
        CHECK(mount_at(bundle(document_in("/work"), config), "/work").at("source") == "/srv/data");
        CHECK(mount_at(bundle(document_in("/work/in"), config), "/work/in").is_null());
    }
    SECTION("so are the files of a DirectoryRootfs") {
        GVisorConfig config;
        config.rootfs = DirectoryRootfs{"/srv/debian"};
        CHECK(mount_at(bundle(document_in("/app"), config), "/app").at("type") == "tmpfs");
        BundleParameters parameters;
        parameters.working_directory_has_content = true;
        CHECK(mount_at(bundle(document_in("/app"), config, parameters), "/app").is_null());
    }
}

TEST_CASE("Mounts are the operator's and the run's, read-only unless they say otherwise") {
    BundleParameters parameters;
    parameters.mounts = {{"/state/files", "/run/files", false}};
    const json config =
        bundle(document_in("/work"), with_mounts({{"/srv/out", "/work/out", true}}), parameters);
    const json files = mount_at(config, "/run/files");
    CHECK(files.at("source") == "/state/files");
    CHECK(has_option(files, "ro"));
    const json out = mount_at(config, "/work/out");
    CHECK(out.at("source") == "/srv/out");
    CHECK_FALSE(has_option(out, "ro"));
    for (const char* option : {"rbind", "nosuid", "nodev"}) CHECK(has_option(out, option));
}

TEST_CASE("What must exist before runsc is called is known") {
    using cellos::gvisor::MountPoint;
    using cellos::gvisor::plan_cell;
    const auto config = with_mounts({{"/srv/f", "/etc/tool.conf", false}});
    const auto places = [&](std::string cwd, bool secrets = false) {
        std::vector<std::string> cells;
        auto document = document_in(std::move(cwd));
        if (secrets) {
            document.spec.run->secret_delivery = cellos::SecretDelivery::File;
            document.spec.authority.secret_refs = {"TOKEN"};
        }
        const auto plan = plan_cell(document, config).value();
        for (const MountPoint& point : cellos::gvisor::mount_points(plan, {}))
            cells.push_back(point.cell);
        return cells;
    };
    const auto and_also = [](std::vector<std::string> more) {
        std::vector<std::string> all{"/usr", "/etc/tool.conf"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    CHECK(places("/work") == and_also({"/home/cell", "/work"}));
    CHECK(places("/") == and_also({"/home/cell"}));
    CHECK(places("/", true) == and_also({"/run/secrets", "/home/cell"}));
    // Where it lies in something that is mounted there is nothing to make.
    for (const char* cwd : {"/usr/share", "/inputs", "/inputs/x", "/home/cell"})
        CHECK(places(cwd) == and_also({"/home/cell"}));

    const auto on_host = [&](std::string cwd) -> std::string {
        const auto plan =
            plan_cell(document_in(std::move(cwd)), with_mounts({{"/srv/data", "/data", true}}));
        const auto place = cellos::gvisor::working_directory_on_host(plan.value(), {});
        return place ? place->directory.generic_string() + '|' + place->below : "";
    };
    CHECK(on_host("/usr/new/x") == "/usr|new/x");
    CHECK(on_host("/bin/x") == "/bin|x");
    CHECK(on_host("/data") == "/srv/data|");
    CHECK(on_host("/data/new") == "/srv/data|new");
    CHECK(on_host("/database").empty());
    CHECK(on_host("/work").empty());
    CHECK(on_host("/inputs/x").empty());
}

TEST_CASE("What cannot be enforced is refused, all of it at once") {
    auto document = document_running({"true"});
    document.spec.authority.egress_rules = {{.host = "example.org", .port = 443}};
    document.spec.run->secret_delivery = cellos::SecretDelivery::RuntimeBroker;
    document.spec.run->limits = cellos::Limits{
        .memory_max_bytes = 4 << 20,
        .cpu_max = cellos::CpuMax{.quota_micros = 50000},
        .cpu_time_ms = 1000};
    const CellosError error = refusal(document, with_mounts({{"srv", "/data", false}}));

    CHECK(error.kind == CellosError::Kind::Unsupported);
    CHECK(std::count(error.message.begin(), error.message.end(), '\n') == 4);
    CHECK_THAT(
        error.message,
        ContainsSubstring("network egress is not supported by this backend yet: remove "
                          "spec.authority.egressRules\n") &&
            ContainsSubstring("runtimeBroker") && ContainsSubstring("cpuMax") &&
            ContainsSubstring("cpuTimeMs") && ContainsSubstring("\"/data\"") &&
            !ContainsSubstring("memory")
    );

    SECTION("what a cgroup can enforce is accepted where there is one") {
        document.spec.authority.egress_rules.clear();
        document.spec.run->secret_delivery = cellos::SecretDelivery::Env;
        BundleParameters parameters;
        parameters.cgroup_limits_cpu = true;
        CHECK(generate_bundle_config(document, {}, parameters).has_value());
    }
}

TEST_CASE("No cell runs as the number that is no user's or group's") {
    // To setresuid(2) it means "as before": the workload would be the agent.
    for (const cellos::CellUser user : {cellos::CellUser{4294967295, 0}, {65534, 4294967295}}) {
        GVisorConfig config;
        config.user = user;
        const CellosError error = refusal(document_running({"true"}), config);
        CHECK(error.kind == CellosError::Kind::Unsupported);
        CHECK(error.message == "cells cannot run as user or group 4294967295: it is nobody's");
    }
}

TEST_CASE("An invalid document makes no bundle") {
    CHECK(refusal(document_running({})).kind == CellosError::Kind::InvalidSpec);
    CHECK(refusal(document_running({"a\0b"s})).kind == CellosError::Kind::InvalidSpec);
    CHECK(refusal(document_running({"\xFF"})).kind == CellosError::Kind::InvalidSpec);
    CHECK(refusal(document_in("/work/../etc")).kind == CellosError::Kind::InvalidSpec);
    CHECK(refusal(document_in("work")).kind == CellosError::Kind::InvalidSpec);
}

TEST_CASE("A mount that leaves its place or takes another's is refused") {
    const auto document = document_running({"true"});
    for (const char* cell :
         {"data",
          "",
          "/data/../etc",
          "/",
          "/proc",
          "/proc/self",
          "/sys/x",
          "/dev",
          "/dev/shm",
          "/tmp",
          "/tmp/",
          "//inputs/x",
          "/usr",
          "/usr/local",
          "/bin",
          "/lib64/x"}) {
        INFO(cell);
        const CellosError error = refusal(document, with_mounts({{"/srv", cell, false}}));
        CHECK(error.kind == CellosError::Kind::Unsupported);
        CHECK_THAT(error.message, ContainsSubstring('"' + std::string{cell} + '"'));
    }
    for (const char* host : {"", "srv", "/srv/../etc"}) {
        INFO(host);
        CHECK_THAT(
            refusal(document, with_mounts({{host, "/data", false}})).message,
            ContainsSubstring("host path")
        );
    }
    for (const auto& [one, other] : std::vector<std::pair<std::string, std::string>>{
             {"/a", "/a"}, {"/a", "/a/b"}, {"/a/b", "/a"}, {"/a/", "//a"}}) {
        INFO(one << " and " << other);
        CHECK_THAT(
            refusal(document, with_mounts({{"/x", one, false}, {"/y", other, false}})).message,
            ContainsSubstring("collides")
        );
    }
    SECTION("also when one of them is the run's") {
        BundleParameters parameters;
        parameters.mounts = {{"/x", "/data", false}};
        CHECK_THAT(
            refusal(document, with_mounts({{"/y", "/data", false}}), parameters).message,
            ContainsSubstring("collides")
        );
    }
    SECTION("a writable one may take the place of /tmp") {
        CHECK(generate_bundle_config(document, with_mounts({{"/srv", "/tmp", true}})).has_value());
    }
    SECTION("names that only begin alike are two places") {
        CHECK(generate_bundle_config(
                  document, with_mounts({{"/x", "/a", false}, {"/y", "/ab", false}})
        ).has_value());
        CHECK(
            generate_bundle_config(document, with_mounts({{"/x", "/usrlocal", false}})).has_value()
        );
    }
    SECTION("a DirectoryRootfs may be mounted over") {
        GVisorConfig config = with_mounts({{"/srv", "/usr/local", false}});
        config.rootfs = DirectoryRootfs{"/srv/debian"};
        CHECK(generate_bundle_config(document, config).has_value());
    }
}

namespace {

// Documents, configs and parameters of every shape, the same ones on each run.
class RandomInput {
public:
    struct Input {
        ExecutionCellDocument document;
        GVisorConfig config;
        BundleParameters parameters;
    };

    Input next() {
        Input input{document_running({pick(words_)}), {}, {}};
        auto& [document, config, parameters] = input;
        while (chance()) document.spec.run->argv.push_back(pick(words_));
        if (chance()) document.spec.run->working_directory = pick(directories_);
        if (chance()) document.spec.environment = cellos::EnvironmentSpec{{{"WORD", pick(words_)}}};
        if (chance()) {
            cellos::Limits limits;
            if (chance()) limits.memory_max_bytes = std::int64_t{1} << 40;
            if (chance()) limits.max_processes = 64;
            if (chance()) limits.max_open_files = 1;
            if (chance()) limits.scratch_bytes = 1 << 20;
            if (chance()) limits.stack_bytes = 1 << 20;
            document.spec.run->limits = limits;
        }
        if (chance()) config.rootfs = DirectoryRootfs{"/srv/rootfs"};
        if (chance()) config.user = {.uid = 4294967294, .gid = 0};
        if (chance()) config.mounts.push_back({"/srv/operator", "/data", chance()});
        if (chance()) config.mounts.push_back({"/srv/operator/f", "/etc/f", chance()});
        if (chance()) {
            document.spec.authority.secret_refs = {"TOKEN"};
            if (chance()) document.spec.run->secret_delivery = cellos::SecretDelivery::File;
        }
        if (chance()) parameters.takes_inputs = true;
        if (chance()) parameters.mounts.push_back({"/state/files", "/run/files", false});
        if (chance()) parameters.bound_system_directories = {"/bin", "/lib"};
        if (chance()) document.spec.run.reset();
        return input;
    }

private:
    bool chance() { return engine_() % 2 == 0; }
    const std::string& pick(const std::vector<std::string>& from) {
        return from[engine_() % from.size()];
    }

    std::mt19937 engine_{7};
    std::vector<std::string> words_{"true", "", "--a=b", "\"\\\n\t\x01", "größe 😀", "$(id)", "/x"};
    std::vector<std::string> directories_{
        "/",
        "/work",
        "/srv/operator",
        "/tmp/a",
        "/data/x",
        "/usr/lib",
        "/etc",
        "/proc",
        "/inputs",
        "/run",
        "/run/secrets",
        "/run/secrets/x"};
};

} // namespace

TEST_CASE("Whatever the document says, the bundle keeps its promises") {
    RandomInput random;
    for (int i = 0; i < 500; ++i) {
        const auto [document, config, parameters] = random.next();
        const json written = bundle(document, config, parameters);
        INFO(written.dump(1));
        const json& process = written.at("process");
        const auto uid = cellos::gvisor::agent_uid(config.user);
        REQUIRE(uid != config.user.uid);
        REQUIRE(process.at("user") == json{{"uid", uid}, {"gid", uid}});
        REQUIRE(process.at("args").size() == 3);
        REQUIRE(process.at("env").size() == 3);
        REQUIRE(process.at("cwd") == "/");
        REQUIRE(process.at("noNewPrivileges") == true);
        REQUIRE_FALSE(process.at("capabilities").contains("inheritable"));
        REQUIRE_FALSE(process.at("capabilities").contains("ambient"));
        REQUIRE(written.at("root").at("readonly") == true);
        std::vector<std::string> mounted;
        for (const auto& mount : written.at("mounts")) {
            const std::string destination = mount.at("destination");
            // Each place once, and nothing is covered by what comes later.
            for (const std::string& earlier : mounted)
                REQUIRE_FALSE(cellos::sandbox::at_or_below(earlier, destination));
            mounted.push_back(destination);
            if (mount.at("type") != "bind") continue;
            const std::string source = mount.at("source");
            const bool is_operators =
                source.starts_with("/srv/operator") || source.starts_with("/state/");
            const bool is_agent = source == "agent" && destination == "/dev/cellos-agent";
            REQUIRE((is_operators || is_agent || source == destination));
            REQUIRE((is_operators || has_option(mount, "ro")));
        }
    }
}

#ifdef CELLOS_OCI_SCHEMA_DIR

TEST_CASE("Every bundle is valid by the OCI runtime specification") {
    const cellos_tests::OciSchema schema;
    RandomInput random;
    for (int i = 0; i < 200; ++i) {
        const auto [document, config, parameters] = random.next();
        const json written = bundle(document, config, parameters);
        INFO(written.dump(1));
        REQUIRE(schema.violations(written) == "");
    }

    SECTION("and the schema is strict enough to tell") {
        json config = bundle(document_running({"true"}));
        config["process"]["rlimits"][0]["type"] = "core";
        CHECK_FALSE(schema.violations(config).empty());
        config = bundle(document_running({"true"}));
        config["linux"]["namespaces"][0]["type"] = "process";
        CHECK_FALSE(schema.violations(config).empty());
        config = bundle(document_running({"true"}));
        config["process"].erase("cwd");
        CHECK_FALSE(schema.violations(config).empty());
    }
}

#endif
