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
#include <map>
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

// The mount at `destination`, null if there is none.
json mount_at(const json& config, std::string_view destination) {
    for (const auto& mount : config.at("mounts"))
        if (mount.at("destination") == destination) return mount;
    return {};
}

bool has_option(const json& mount, std::string_view option) {
    const auto& options = mount.at("options");
    return std::find(options.begin(), options.end(), option) != options.end();
}

std::map<std::string, json> limits_of(const json& config) {
    std::map<std::string, json> limits;
    for (const auto& limit : config.at("process").at("rlimits")) {
        CHECK(limit.at("soft") == limit.at("hard"));
        limits[limit.at("type")] = limit.at("hard");
    }
    return limits;
}

} // namespace

TEST_CASE("A bundle runs the command as it stands, as nobody, with no privilege") {
    const std::vector<std::string> argv{"sh", "-c", "echo \"$HOME\" 'x' `y` \\ \n\té"};
    const json config = bundle(document_running(argv));
    const json& process = config.at("process");

    CHECK(config.at("ociVersion") == "1.0.2");
    CHECK(process.at("args") == argv);
    CHECK(process.at("cwd") == "/");
    CHECK(process.at("terminal") == false);
    CHECK(process.at("user") == json{{"uid", 65534}, {"gid", 65534}});
    CHECK(process.at("capabilities") == json::object());
    CHECK(process.at("noNewPrivileges") == true);
    CHECK(config.at("root") == json{{"path", "rootfs"}, {"readonly", true}});

    std::set<std::string> namespaces;
    for (const auto& space : config.at("linux").at("namespaces")) {
        CHECK_FALSE(space.contains("path"));
        namespaces.insert(space.at("type"));
    }
    CHECK(namespaces == std::set<std::string>{"ipc", "mount", "network", "pid", "uts"});
}

TEST_CASE("A bundle's environment is the document's, or exactly what the run says") {
    auto document = document_running({"env"});
    document.spec.environment = cellos::EnvironmentSpec{{{"LANG", "C.UTF-8"}, {"EMPTY", ""}}};
    CHECK(
        bundle(document).at("process").at("env") ==
        json{"EMPTY=", "HOME=/", "LANG=C.UTF-8", std::string{"PATH="} + cellos::default_path}
    );

    BundleParameters parameters;
    parameters.environment = {"TOKEN=a=b\"c"};
    CHECK(bundle(document, {}, parameters).at("process").at("env") == json{"TOKEN=a=b\"c"});
}

TEST_CASE("A bundle's host name is one label made of the cell's id") {
    CHECK(cellos::gvisor::hostname("build-7") == "build-7");
    CHECK(cellos::gvisor::hostname("a.b_c") == "a-b-c");
    CHECK(cellos::gvisor::hostname("x._-") == "x");
    CHECK(cellos::gvisor::hostname(std::string(128, 'a')) == std::string(63, 'a'));
    CHECK(bundle(document_running({"true"})).at("hostname") == "cell-1");
}

TEST_CASE("A bundle without a command has no process") {
    auto document = document_running({"true"});
    document.spec.run.reset();
    CHECK_FALSE(bundle(document).contains("process"));
}

TEST_CASE("The document's limits become resource limits") {
    auto document = document_running({"true"});
    CHECK(
        limits_of(bundle(document)) ==
        std::map<std::string, json>{{"RLIMIT_CORE", 0}, {"RLIMIT_NPROC", 1024}}
    );

    document.spec.run->limits = cellos::Limits{
        .memory_max_bytes = 64 << 20,
        .max_processes = 10,
        .max_open_files = 20,
        .max_file_bytes = 30,
        .scratch_bytes = 4096};
    const json config = bundle(document);
    CHECK(
        limits_of(config) ==
        std::map<std::string, json>{
            {"RLIMIT_AS", 64 << 20},
            {"RLIMIT_CORE", 0},
            {"RLIMIT_FSIZE", 30},
            {"RLIMIT_NOFILE", 20},
            {"RLIMIT_NPROC", 10}}
    );
    CHECK(has_option(mount_at(config, "/tmp"), "size=4096"));
    CHECK(has_option(mount_at(config, "/dev/shm"), "size=4096"));

    SECTION("where a cgroup holds the memory, the address space is free") {
        BundleParameters parameters;
        parameters.cgroup_limits_memory = true;
        CHECK_FALSE(limits_of(bundle(document, {}, parameters)).contains("RLIMIT_AS"));
    }
}

TEST_CASE("A SystemRootfs cell sees the host's /usr and nothing else of it") {
    const json config = bundle(document_running({"true"}));
    std::set<std::string> sources;
    for (const auto& mount : config.at("mounts"))
        if (mount.at("type") == "bind") sources.insert(mount.at("source"));
    CHECK(sources == std::set<std::string>{"/usr"});
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
        CHECK(config.at("process").at("cwd") == cwd);
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
        const json config = bundle(document_in(cwd));
        CHECK(config.at("process").at("cwd") == cwd);
        const json mount = mount_at(config, cwd);
        CHECK((mount.is_null() || !has_option(mount, "uid=65534")));
    }
    SECTION("written carelessly it is the same place") {
        const json config = bundle(document_in("//work/./a//"));
        CHECK(config.at("process").at("cwd") == "/work/a");
        CHECK_FALSE(mount_at(config, "/work/a").is_null());
        CHECK(bundle(document_in("/usr/./")).at("process").at("cwd") == "/usr");
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
    parameters.inputs = "/state/inputs";
    parameters.mounts = {{"/state/secrets", "/run/secrets", false}};
    const json config =
        bundle(document_in("/work"), with_mounts({{"/srv/out", "/work/out", true}}), parameters);
    const json inputs = mount_at(config, "/inputs");
    CHECK(inputs.at("source") == "/state/inputs");
    CHECK(has_option(inputs, "ro"));
    CHECK(has_option(mount_at(config, "/run/secrets"), "ro"));
    const json out = mount_at(config, "/work/out");
    CHECK(out.at("source") == "/srv/out");
    CHECK_FALSE(has_option(out, "ro"));
    for (const char* option : {"rbind", "nosuid", "nodev"}) CHECK(has_option(out, option));
}

TEST_CASE("What must exist before runsc is called is known") {
    using cellos::gvisor::MountPoint;
    using cellos::gvisor::plan_cell;
    const auto config = with_mounts({{"/srv/f", "/etc/tool.conf", false}});
    const auto places = [&](std::string cwd) {
        std::vector<std::string> cells;
        const auto plan = plan_cell(document_in(std::move(cwd)), config).value();
        for (const MountPoint& point : cellos::gvisor::mount_points(plan, {}))
            cells.push_back(point.cell);
        return cells;
    };
    CHECK(places("/work") == std::vector<std::string>{"/usr", "/etc/tool.conf", "/work"});
    CHECK(places("/") == std::vector<std::string>{"/usr", "/etc/tool.conf"});

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
}

TEST_CASE("What cannot be enforced is refused, all of it at once") {
    auto document = document_running({"true"});
    document.spec.authority.egress_rules = {{.host = "example.org", .port = 443}};
    document.spec.run->secret_delivery = cellos::SecretDelivery::RuntimeBroker;
    document.spec.run->limits = cellos::Limits{
        .memory_max_bytes = (32 << 20) - 1, .cpu_max = cellos::CpuMax{.quota_micros = 50000}};
    const CellosError error = refusal(document, with_mounts({{"srv", "/data", false}}));

    CHECK(error.kind == CellosError::Kind::Unsupported);
    CHECK(std::count(error.message.begin(), error.message.end(), '\n') == 4);
    CHECK_THAT(
        error.message,
        ContainsSubstring("network egress is not supported by this backend yet: remove "
                          "spec.authority.egressRules\n") &&
            ContainsSubstring("runtimeBroker") && ContainsSubstring("memoryMaxBytes") &&
            ContainsSubstring("cpuMax") && ContainsSubstring("\"/data\"")
    );

    SECTION("the least that is enough is accepted") {
        document.spec.authority.egress_rules.clear();
        document.spec.run->secret_delivery = cellos::SecretDelivery::Env;
        document.spec.run->limits->memory_max_bytes = 32 << 20;
        BundleParameters parameters;
        parameters.cgroup_limits_cpu = true;
        CHECK(generate_bundle_config(document, {}, parameters).has_value());
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

TEST_CASE("A value that cannot be delivered is refused by its name alone") {
    BundleParameters parameters;
    parameters.environment = {"TOKEN=s3cr3t\xFF", "OTHER=s3cr3t\0x"s, "s3cr3t", "=s3cr3t"};
    const CellosError error = refusal(document_running({"true"}), {}, parameters);
    CHECK_THAT(error.message, ContainsSubstring("TOKEN") && ContainsSubstring("OTHER"));
    CHECK_THAT(error.message, !ContainsSubstring("s3cr3t"));
    CHECK(std::count(error.message.begin(), error.message.end(), '\n') == 3);
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
            document.spec.run->limits = limits;
        }
        if (chance()) config.rootfs = DirectoryRootfs{"/srv/rootfs"};
        if (chance()) config.user = {.uid = 4294967295, .gid = 0};
        if (chance()) config.mounts.push_back({"/srv/operator", "/data", chance()});
        if (chance()) config.mounts.push_back({"/srv/operator/f", "/etc/f", chance()});
        if (chance()) parameters.inputs = "/state/inputs";
        if (chance()) parameters.mounts.push_back({"/state/secrets", "/run/secrets", false});
        if (chance()) parameters.bound_system_directories = {"/bin", "/lib"};
        if (chance()) parameters.environment = {"TOKEN=" + pick(words_)};
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
        "/", "/work", "/srv/operator", "/tmp/a", "/data/x", "/usr/lib", "/etc", "/proc", "/inputs"};
};

} // namespace

TEST_CASE("Whatever the document says, the bundle keeps its promises") {
    RandomInput random;
    for (int i = 0; i < 500; ++i) {
        const auto [document, config, parameters] = random.next();
        const json written = bundle(document, config, parameters);
        INFO(written.dump(1));
        if (document.spec.run) {
            const json& process = written.at("process");
            REQUIRE(process.at("args") == document.spec.run->argv);
            REQUIRE(process.at("capabilities").empty());
            REQUIRE(process.at("noNewPrivileges") == true);
            if (parameters.environment) REQUIRE(process.at("env") == *parameters.environment);
        }
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
            REQUIRE((is_operators || source == destination));
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
