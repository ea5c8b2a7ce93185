// Whatever a document holds: the bundle that is made of it obeys the OCI schema, runs the agent and
// nothing else, joins no namespace of the host, and shows nothing of the host but what the operator
// said, and the document's own files where the backend puts them. What the document wants to run
// changes nothing of it.
#include "fuzz/mutate_json.hpp"
#include "fuzz/require.hpp"
#include "gvisor/oci_schema.hpp"

#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/sandbox/places.hpp>
#include <cellos/json/document.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

using namespace cellos;
using cellos_fuzz::require;
using Json = nlohmann::json;

extern "C" std::size_t LLVMFuzzerCustomMutator(
    std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed
) {
    return cellos_fuzz::mutate_json(data, size, max_size, seed);
}

namespace {

constexpr const char* agent = "/opt/cellos-agent";

/// What an operator may have said, and what the document must not add to.
struct Operator {
    GVisorConfig config{};
    BundleParameters parameters{};
    std::map<std::string, bool> binds{}; ///< each source that may be shown, and whether writable
};

const std::array<Operator, 2>& operators() {
    static const std::array<Operator, 2> both{{
        {.config = {},
         .parameters =
             {.root_path = "/run/cellos/1/root",
              .agent = agent,
              .takes_inputs = true,
              .bound_system_directories = {"/lib64"}},
         .binds = {{"/usr", false}, {"/lib64", false}, {agent, false}}},
        {.config =
             {.rootfs = DirectoryRootfs{"/srv/rootfs"},
              .mounts = {{"/srv/data", "/data", false}, {"/srv/out", "/out", true}},
              .user = {1000, 1000}},
         .parameters =
             {.root_path = "/srv/rootfs",
              .agent = agent,
              .working_directory_has_content = true,
              .cgroup_limits_cpu = true},
         .binds = {{"/srv/data", false}, {"/srv/out", true}, {agent, false}}},
    }};
    return both;
}

void require_keys(const Json& object, const std::set<std::string>& known, std::string_view rule) {
    for (const auto& [name, value] : object.items()) require(known.contains(name), rule);
}

void check_schema([[maybe_unused]] const Json& bundle) {
#ifdef CELLOS_OCI_SCHEMA_DIR
    static const cellos_tests::OciSchema schema;
    const std::string wrong = schema.violations(bundle);
    require(wrong.empty(), wrong);
#endif
}

void check_process(const Json& process, const Operator& by) {
    const Json needed{
        "CAP_KILL", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_ADMIN", "CAP_SYS_RESOURCE"};
    require(
        process.at("capabilities") ==
            Json{{"bounding", needed}, {"effective", needed}, {"permitted", needed}},
        "what it takes to become the cell's user, and nothing to inherit"
    );
    require(process.at("noNewPrivileges") == true, "no new privileges");
    require(process.at("terminal") == false, "no terminal of the host");
    const auto [uid, gid] = by.config.user;
    require(process.at("user").at("uid") != uid, "the agent is not the cell's user");
    require(
        process.at("args") == Json{gvisor::agent_place, std::to_string(uid), std::to_string(gid)},
        "the agent, and for whom"
    );
    require(process.at("cwd") == "/", "the agent's directory");
    require_keys(
        process,
        {"terminal", "user", "args", "env", "cwd", "capabilities", "noNewPrivileges", "rlimits"},
        "nothing else about the process"
    );
}

void check_mounts(const Json& mounts, const std::map<std::string, bool>& binds) {
    std::set<std::string> sources;
    std::set<std::string> destinations;
    for (const Json& mount : mounts) {
        const std::string type = mount.at("type");
        const std::string source = mount.at("source");
        const std::string destination = mount.at("destination");
        require(is_absolute_path(destination), "a destination is absolute and has no ..");
        // A volume may take the place of the cell's own /tmp.
        require(
            destination == "/tmp" ||
                std::ranges::none_of(
                    destinations,
                    [&](const auto& other) { return sandbox::at_or_below(other, destination); }
                ),
            "nothing hides what was mounted before"
        );
        destinations.insert(destination);
        const auto& options = mount.at("options");
        const auto has = [&](std::string_view option) {
            return std::ranges::find(options, Json(option)) != options.end();
        };
        require(has("nosuid") || destination == "/dev", "no set-user-ID programs");
        if (type != "bind") {
            require(
                type == "tmpfs" || type == "proc" || type == "sysfs",
                "a file system of the cell's own"
            );
            require(source == type, "nothing of the host is its source");
            continue;
        }
        const auto allowed = binds.find(source);
        require(allowed != binds.end(), "only what the operator shows of the host");
        require(has("ro") || allowed->second, "writable only where the operator says so");
        require(sources.insert(source).second, "shown once");
    }
    require(sources.size() == binds.size(), "all that the operator shows");
}

void check_isolation(const Json& bundle, const Operator& by) {
    check_schema(bundle);
    require_keys(
        bundle,
        {"ociVersion", "process", "root", "hostname", "mounts", "linux"},
        "no hooks, no annotations, nothing that is not known to be safe"
    );
    require(bundle.at("root").at("path") == by.parameters.root_path, "the operator's root");
    require(bundle.at("root").at("readonly") == true, "a read-only root");
    const Json& isolation = bundle.at("linux");
    require_keys(
        isolation,
        {"namespaces", "maskedPaths", "readonlyPaths"},
        "no devices, no cgroup, no sysctl"
    );
    std::set<std::string> namespaces;
    for (const Json& each : isolation.at("namespaces")) {
        require(!each.contains("path"), "no namespace of the host");
        namespaces.insert(each.at("type"));
    }
    require(
        namespaces == std::set<std::string>{"ipc", "mount", "network", "pid", "uts"},
        "a namespace of each kind"
    );
}

void check(const Json& bundle, const Operator& by, const std::map<std::string, bool>& binds) {
    check_isolation(bundle, by);
    check_mounts(bundle.at("mounts"), binds);
    check_process(bundle.at("process"), by);
}

// The same shape with something else to run.
ExecutionCellDocument running_something_else(ExecutionCellDocument document) {
    document.spec.environment.reset();
    if (!document.spec.run) return document;
    document.spec.run->argv = {"something", "else"};
    document.spec.run->timeout_ms.reset();
    if (auto& limits = document.spec.run->limits)
        limits = Limits{.scratch_bytes = limits->scratch_bytes};
    return document;
}

// What the backend makes of it: with the volumes of its artifacts and its secrets.
void check_plan(const ExecutionCellDocument& document, const Operator& by) {
    const BundleParameters& parameters = by.parameters;
    const auto text_of = [&](const gvisor::CellPlan& plan) {
        return gvisor::bundle_config(
            plan,
            {.root = parameters.root_path, .volumes = "/run/cellos/1/artifacts"},
            {.agent = agent, .takes_inputs = parameters.takes_inputs}
        );
    };
    const auto plan_of = [&](const ExecutionCellDocument& planned) {
        return gvisor::plan_cell(
            planned,
            by.config,
            {parameters.bound_system_directories, parameters.working_directory_has_content}
        );
    };
    const auto plan = plan_of(document);
    if (!plan) return;
    auto binds = by.binds;
    for (std::size_t i = 0; i < plan->volumes.size(); ++i)
        binds.emplace("/run/cellos/1/artifacts/" + std::to_string(i), true);
    const std::string text = text_of(*plan);
    check(Json::parse(text), by, binds);
    const auto other = plan_of(running_something_else(document));
    require(other.has_value(), "what is run is nothing to refuse a shape for");
    require(text_of(*other) == text, "nothing of what is run is in the bundle");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto document = parse_document({reinterpret_cast<const char*>(data), size});
    if (!document) return -1; // not worth a place in the corpus
    for (const Operator& by : operators()) {
        const auto text = generate_bundle_config(*document, by.config, by.parameters);
        if (text) check(Json::parse(*text), by, by.binds);
        check_plan(*document, by);
    }
    return 0;
}
