// What becomes of a document, before there is a cell.
#include "support/catch.hpp"

#include <cellos/core/command_document.hpp>
#include <cellos/core/environment.hpp>
#include <cellos/core/validate.hpp>
#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#ifdef __linux__
#include <cellos/host/gvisor/backend.hpp>
#endif

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using cellos::CellosError;
using cellos::DirectoryRootfs;
using cellos::ExecutionCellDocument;
using cellos::GVisorConfig;
using cellos::Limits;
using cellos::SecretDelivery;
using cellos::gvisor::CellPlaces;
using cellos::gvisor::CellPlan;
using cellos::gvisor::HostPlace;
using cellos::gvisor::plan_cell;
using cellos::gvisor::SecretsAs;
using cellos::gvisor::WorkingDirectory;
using Kind = WorkingDirectory::Kind;
using Base = HostPlace::Base;

ExecutionCellDocument document_in(std::string working_directory) {
    auto document = cellos::command_document("cell-1", {"true", "x"});
    document.spec.run->working_directory = std::move(working_directory);
    return document;
}

ExecutionCellDocument document_exporting(const std::vector<std::string>& paths) {
    auto document = cellos::command_document("cell-1", {"true"});
    document.spec.export_.emplace();
    for (const std::string& path : paths)
        document.spec.export_->artifacts.push_back(
            {"a" + std::to_string(document.spec.export_->artifacts.size()), path}
        );
    return document;
}

ExecutionCellDocument document_with_secrets(std::optional<SecretDelivery> delivery) {
    auto document = cellos::command_document("cell-1", {"true"});
    document.spec.authority.secret_refs = {"TOKEN"};
    document.spec.run->secret_delivery = delivery;
    return document;
}

const GVisorConfig in_directory{.rootfs = DirectoryRootfs{"/srv/rootfs"}};

std::vector<std::string> limits_of(const CellPlan& plan, bool group_limits_memory) {
    std::vector<std::string> limits;
    for (const auto& limit : process_limits(plan, group_limits_memory))
        limits.push_back(limit.type + ' ' + std::to_string(limit.soft));
    return limits;
}

} // namespace

TEST_CASE("A plan says what runs, as whom, and where") {
    auto document = document_in("//work/./a/");
    document.spec.id = "build_7.";
    document.spec.environment = cellos::EnvironmentSpec{{{"LANG", "C"}}};
    const CellPlan plan = plan_cell(document, {.user = {1000, 1001}}).value();
    CHECK(plan.cell_id == "build_7.");
    CHECK(plan.hostname == "build-7");
    CHECK(plan.has_command);
    CHECK(plan.argv == std::vector<std::string>{"true", "x"});
    CHECK(
        plan.environment ==
        std::vector<std::string>{
            "HOME=/home/cell", "LANG=C", std::string{"PATH="} + cellos::default_path}
    );
    CHECK(plan.user.uid == 1000);
    CHECK(plan.user.gid == 1001);
    CHECK(plan.working_directory.path == "/work/a");
    CHECK(plan.owns_root);

    document.spec.run.reset();
    CHECK_FALSE(plan_cell(document, in_directory).value().has_command);
    CHECK_FALSE(plan_cell(document, in_directory).value().owns_root);
}

TEST_CASE("A plan knows whose the working directory is") {
    const GVisorConfig mounted{.mounts = {{"/srv/data", "//data/", false}}};
    const auto in = [](std::string cwd, const GVisorConfig& config) {
        return plan_cell(document_in(std::move(cwd)), config).value().working_directory;
    };
    for (const char* cwd : {"/", "/tmp", "/proc/self", "/sys", "/dev/shm", "/etc", "/etc/ssl"})
        CHECK(in(cwd, mounted).kind == Kind::InRoot);
    for (const char* cwd : {"/work", "/tmp/x", "/database", "/usrlocal"})
        CHECK(in(cwd, mounted).kind == Kind::Scratch);
    CHECK(in("/etc", in_directory).kind == Kind::Scratch);
    CHECK(in("/usr", in_directory).kind == Kind::Scratch);

    const auto bound = [&](std::string cwd, const HostPlace& place, std::string_view below) {
        const WorkingDirectory directory = in(std::move(cwd), mounted);
        CHECK(directory.kind == Kind::OnHost);
        CHECK(directory.bound == place);
        CHECK(directory.below == below);
    };
    bound("/data", {Base::Host, "/srv/data"}, "");
    bound("/data/a/b", {Base::Host, "/srv/data"}, "a/b");
    bound("/usr/share", {Base::Host, "/usr"}, "share");
    bound("/bin", {Base::Host, "/bin"}, "");
    bound("/etc/alternatives/x", {Base::Host, "/etc/alternatives"}, "x");
    for (const char* cwd : {"/inputs", "/inputs/x"}) {
        CHECK(in(cwd, mounted).kind == Kind::Inputs);
        CHECK(in(cwd, in_directory).kind == Kind::Inputs);
    }

    SECTION("secrets that are files are there already") {
        auto document = document_with_secrets(SecretDelivery::File);
        document.spec.run->working_directory = "/run/secrets/";
        CHECK(plan_cell(document, {}).value().working_directory.kind == Kind::InRoot);
        document.spec.run->secret_delivery = SecretDelivery::Env;
        CHECK(plan_cell(document, {}).value().working_directory.kind == Kind::Scratch);
    }
}

TEST_CASE("Where a rootfs has files at the working directory, they stay") {
    const auto document = document_in("/work");
    CHECK(
        plan_cell(document, in_directory, {.working_directory_has_content = true})
            .value()
            .working_directory.kind == Kind::InRoot
    );
    CHECK(
        plan_cell(document, {}, {.working_directory_has_content = true})
            .value()
            .working_directory.kind == Kind::Scratch
    );

    SECTION("also where the host is asked later") {
        CellPlan plan = plan_cell(document, in_directory).value();
        fit_to_host(plan, {.working_directory_has_content = true});
        CHECK(plan.working_directory.kind == Kind::InRoot);
    }
}

TEST_CASE("Of the host's system directories those are bound that nothing covers") {
    const cellos::gvisor::CellFacts facts{
        .bound_system_directories = {"/lib64", "/etc/alternatives"}};
    const auto bound = [&](const GVisorConfig& config) {
        return plan_cell(document_in("/"), config, facts).value().bound_system_directories;
    };
    CHECK(bound({}) == facts.bound_system_directories);
    CHECK(bound({.mounts = {{"/srv/etc", "/etc", false}}}) == std::vector<std::string>{"/lib64"});
    CHECK(bound(in_directory).empty());
}

TEST_CASE("Secrets are files, variables or nothing") {
    const auto secrets = [](const ExecutionCellDocument& document) {
        return plan_cell(document, {}).value().secrets;
    };
    CHECK(secrets(document_in("/")) == SecretsAs::None);
    CHECK(secrets(document_with_secrets(std::nullopt)) == SecretsAs::Variables);
    CHECK(secrets(document_with_secrets(SecretDelivery::Env)) == SecretsAs::Variables);
    CHECK(secrets(document_with_secrets(SecretDelivery::File)) == SecretsAs::Files);
    auto without = document_with_secrets(SecretDelivery::File);
    without.spec.authority.secret_refs.clear();
    CHECK(secrets(without) == SecretsAs::None);
    // The agent brings them: no file of the host's is mounted.
    const CellPlan plan = plan_cell(document_with_secrets(SecretDelivery::File), {}).value();
    CHECK(plan.mounts.empty());
}

TEST_CASE("Artifacts lie in volumes, one for each outermost directory") {
    const GVisorConfig mounted{.mounts = {{"/srv/data", "/data", false}}};
    auto document = document_exporting({"/work/b/log", "/out//x/", "/work/log", "/tmp/core"});
    document.spec.run->working_directory = "/work/b/c";
    const CellPlan plan = plan_cell(document, mounted).value();
    CHECK(
        plan.artifact_directories == std::vector<std::string>{"/work/b", "/out", "/work", "/tmp"}
    );
    CHECK(plan.volumes == std::vector<std::string>{"/out", "/tmp", "/work"});
    REQUIRE(plan.mounts.size() == 4);
    CHECK(plan.mounts[0].cell == "/data");
    for (std::size_t i = 0; i < plan.volumes.size(); ++i) {
        CHECK(plan.mounts[i + 1].cell == plan.volumes[i]);
        CHECK(plan.mounts[i + 1].source == HostPlace{Base::Volumes, std::to_string(i)});
        CHECK(plan.mounts[i + 1].writable);
    }
    CHECK(plan.working_directory.kind == Kind::OnHost);
    CHECK(plan.working_directory.bound == HostPlace{Base::Volumes, "2"});
    CHECK(plan.working_directory.below == "b/c");
}

TEST_CASE("What lies in the cell's own volumes is found when there is a cell") {
    auto document = document_exporting({"/out/x"});
    document.spec.run->working_directory = "/out/a";
    const CellPlan plan = plan_cell(document, {}).value();
    const CellPlaces places{.volumes = "/proc/self/fd/7"};
    CHECK(path_of({Base::Volumes, "0"}, places) == "/proc/self/fd/7/0");
    CHECK(path_of({Base::Host, "/srv"}, places) == "/srv");
    const auto place = working_directory_on_host(plan, places);
    REQUIRE(place.has_value());
    CHECK(place->directory == "/proc/self/fd/7/0");
    CHECK(place->below == "a");
}

TEST_CASE("A plan has every limit, with its default") {
    auto document = document_in("/");
    const CellPlan none = plan_cell(document, {}).value();
    CHECK(none.scratch_bytes == std::int64_t{256} << 20);
    CHECK(limits_of(none, false) == std::vector<std::string>{"RLIMIT_NPROC 1023"});
    CHECK_FALSE(none.group.memory_max_bytes);
    CHECK_FALSE(none.group.cpu_max);
    CHECK_FALSE(none.group.cpu_time);
    CHECK_FALSE(none.group.max_processes);
    CHECK_FALSE(none.max_output_bytes);
    CHECK(none.grace == std::chrono::seconds{0});

    document.spec.run->limits = Limits{
        .memory_max_bytes = 64 << 20,
        .cpu_max = cellos::CpuMax{.quota_micros = 50000},
        .graceful_shutdown_seconds = 3,
        .max_processes = 10,
        .max_open_files = 20,
        .max_file_bytes = 30,
        .scratch_bytes = 4096,
        .max_output_bytes = 5,
        .cpu_time_ms = 1500,
        .stack_bytes = 64 << 20};
    const CellPlan all = plan_cell(document, {}).value();
    CHECK(all.scratch_bytes == 4096);
    const std::vector<std::string> own{
        "RLIMIT_NPROC 9", "RLIMIT_NOFILE 20", "RLIMIT_FSIZE 30", "RLIMIT_STACK 67108864"};
    CHECK(limits_of(all, true) == own);
    auto with_memory = own;
    with_memory.emplace_back("RLIMIT_AS 67108864");
    CHECK(limits_of(all, false) == with_memory);
    CHECK(all.group.memory_max_bytes == 64 << 20);
    CHECK(all.group.cpu_max == cellos::CpuMax{.quota_micros = 50000});
    CHECK(all.group.cpu_time == std::chrono::milliseconds{1500});
    CHECK(all.group.max_processes == 10);
    CHECK(all.max_output_bytes == 5U);
    CHECK(all.grace == std::chrono::seconds{3});

    SECTION("a workload that is the only process can start none") {
        document.spec.run->limits = Limits{.max_processes = 1};
        CHECK(
            limits_of(plan_cell(document, {}).value(), true) ==
            std::vector<std::string>{"RLIMIT_NPROC 0"}
        );
    }
}

TEST_CASE("A plan and the places of its cell give the bundle that its mounts call for") {
    auto document = document_exporting({"/out/x", "/work/y"});
    document.spec.run->working_directory = "/work/a";
    document.spec.run->secret_delivery = SecretDelivery::File;
    document.spec.authority.secret_refs = {"TOKEN"};
    const GVisorConfig config{.mounts = {{"/srv/data", "/data", true}}};
    const CellPlaces places{.root = "/cell/root", .volumes = "/cell/artifacts"};
    const cellos::BundleParameters same{
        .root_path = places.root,
        .agent = "/cell/agent",
        .takes_inputs = true,
        .mounts = {{"/cell/artifacts/0", "/out", true}, {"/cell/artifacts/1", "/work", true}},
        .bound_system_directories = {"/lib64"},
        .cgroup_limits_cpu = true};
    const auto plan = plan_cell(document, config, {.bound_system_directories = {"/lib64"}}).value();
    CHECK(
        bundle_config(plan, places, {.agent = "/cell/agent", .takes_inputs = true}) ==
        generate_bundle_config(document, config, same).value()
    );
}

namespace {

struct Refused {
    ExecutionCellDocument document{};
    GVisorConfig config{};
    CellosError::Kind kind{};
    std::string message{};
};

std::vector<Refused> all_refused() {
    const auto unsupported = CellosError::Kind::Unsupported;
    std::vector<Refused> all;

    auto everything = document_exporting({"/data/x"});
    everything.spec.authority.egress_rules = {{.host = "example.org", .port = 443}};
    everything.spec.run->secret_delivery = SecretDelivery::RuntimeLeasedBroker;
    all.push_back(
        {everything,
         {.mounts = {{"srv", "/data", false}, {"/srv", "/proc/x", false}}},
         unsupported,
         "network egress is not supported by this backend yet: remove spec.authority.egressRules\n"
         "spec.run.secretDelivery runtimeLeasedBroker is not supported: use env\n"
         "the mount at \"/data\" must have an absolute host path without \"..\"\n"
         "the mount at \"/proc/x\" would hide a file system of the cell's own\n"
         "the mount at \"/data\" collides with the one at \"/data\""}
    );

    auto unwritable = document_exporting({"/usr/x", "/out/y", "/z", "/dev/shm/z"});
    unwritable.spec.authority.egress_rules = everything.spec.authority.egress_rules;
    const std::string own = ": export from a directory of its own, such as /out";
    all.push_back(
        {unwritable,
         {},
         unsupported,
         "spec.export.artifacts[0].path: a workload cannot write to /usr" + own +
             "\nspec.export.artifacts[2].path: a workload cannot write to /" + own +
             "\nspec.export.artifacts[3].path: a workload cannot write to /dev/shm" + own}
    );

    auto secrets = document_with_secrets(SecretDelivery::File);
    all.push_back(
        {secrets,
         {.mounts = {{"/srv", "/run", false}}, .user = {1000, 4294967295}},
         unsupported,
         "cells cannot run as user or group 4294967295: it is nobody's\n"
         "the mount at \"/run/secrets\" collides with the one at \"/run\""}
    );

    auto invalid = unwritable;
    invalid.spec.run->argv.clear();
    invalid.spec.id.clear();
    all.push_back({invalid, {}, CellosError::Kind::InvalidSpec, {}});
    all.back().message = cellos::validate(invalid).error().message;
    return all;
}

} // namespace

TEST_CASE(
    "What a plan is refused for is said at once, and what is wrong with the document before it"
) {
    for (const Refused& each : all_refused()) {
        const auto plan = plan_cell(each.document, each.config);
        REQUIRE_FALSE(plan.has_value());
        CHECK(plan.error().kind == each.kind);
        CHECK(plan.error().message == each.message);
    }
}

#ifdef __linux__

TEST_CASE("A backend refuses in the words of the plan, whatever the host is like") {
    for (Refused& each : all_refused()) {
        each.config.runsc = "/there/is/no/runsc";
        cellos::GVisorCellBackend backend{each.config};
        const auto shape = backend.shape_of(each.document);
        const auto created = backend.create(each.document);
        const auto booted = backend.boot_warm(each.document, {}, {});
        REQUIRE_FALSE(shape.has_value());
        REQUIRE_FALSE(created.has_value());
        REQUIRE_FALSE(booted.has_value());
        for (const CellosError& error : {shape.error(), created.error(), booted.error()}) {
            CHECK(error.kind == each.kind);
            CHECK(error.message == each.message);
        }
    }
}

#endif
