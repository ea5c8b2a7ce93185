// Whatever a document holds: the bundle that is made of it obeys the OCI schema, gives no
// capability, joins no namespace of the host, and shows nothing of the host but what the operator
// said, and the document's own files where the backend puts them. The bundle of a sandbox that
// waits for such documents obeys the same, but for the four capabilities of its launcher.
#include "fuzz/mutate_json.hpp"
#include "fuzz/require.hpp"
#include "gvisor/oci_schema.hpp"

#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/bundle/warm_bundle.hpp>
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
              .inputs = "/run/cellos/1/inputs",
              .bound_system_directories = {"/lib64"}},
         .binds = {{"/usr", false}, {"/lib64", false}, {"/run/cellos/1/inputs", false}}},
        {.config =
             {.rootfs = DirectoryRootfs{"/srv/rootfs"},
              .mounts = {{"/srv/data", "/data", false}, {"/srv/out", "/out", true}},
              .user = {1000, 1000}},
         .parameters =
             {.root_path = "/srv/rootfs",
              .working_directory_has_content = true,
              .cgroup_limits_memory = true,
              .cgroup_limits_cpu = true},
         .binds = {{"/srv/data", false}, {"/srv/out", true}}},
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

void check_process(const Json& process, const ExecutionCellDocument& document, const Operator& by) {
    for (const Json& set : process.at("capabilities")) require(set.empty(), "no capability");
    require(process.at("noNewPrivileges") == true, "no new privileges");
    require(process.at("terminal") == false, "no terminal of the host");
    require(process.at("user").at("uid") == by.config.user.uid, "the operator's user");
    require(process.at("user").at("gid") == by.config.user.gid, "the operator's group");
    require(process.at("args") == Json(document.spec.run->argv), "argv as it is");
    require_keys(
        process,
        {"terminal", "user", "args", "env", "cwd", "capabilities", "noNewPrivileges", "rlimits"},
        "nothing else about the process"
    );
}

void check_launcher(const Json& process) {
    const Json needed{"CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_SYS_ADMIN"};
    require(
        process.at("capabilities") ==
            Json{{"bounding", needed}, {"effective", needed}, {"permitted", needed}},
        "what it takes to become the cell's user, and nothing to inherit"
    );
    require(process.at("noNewPrivileges") == true, "no new privileges");
    require(process.at("args").front() == gvisor::launcher_place, "the launcher comes first");
}

void check_mounts(const Json& mounts, const std::map<std::string, bool>& binds) {
    std::set<std::string> sources;
    for (const Json& mount : mounts) {
        const std::string type = mount.at("type");
        const std::string source = mount.at("source");
        const std::string destination = mount.at("destination");
        require(is_absolute_path(destination), "a destination is absolute and has no ..");
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

void check(
    const Json& bundle,
    const ExecutionCellDocument& document,
    const Operator& by,
    const std::map<std::string, bool>& binds
) {
    check_isolation(bundle, by);
    check_mounts(bundle.at("mounts"), binds);
    require(
        bundle.contains("process") == document.spec.run.has_value(), "a process if there is run"
    );
    if (document.spec.run) check_process(bundle.at("process"), document, by);
}

// What the backend makes of it: with the volumes of its artifacts and its secrets.
void check_plan(const ExecutionCellDocument& document, const Operator& by) {
    const BundleParameters& parameters = by.parameters;
    const auto plan = gvisor::plan_cell(
        document,
        by.config,
        {parameters.bound_system_directories, parameters.working_directory_has_content}
    );
    if (!plan) return;
    gvisor::CellPlaces places{
        .root = parameters.root_path,
        .directory = "/run/cellos/1",
        .volumes = "/run/cellos/1/artifacts"};
    auto binds = by.binds;
    for (std::size_t i = 0; i < plan->volumes.size(); ++i)
        binds.emplace("/run/cellos/1/artifacts/" + std::to_string(i), true);

    // Secrets and input files come through the launcher.
    const std::string launcher = "/opt/cellos-launcher";
    auto warm_binds = binds;
    if (parameters.inputs) warm_binds.erase(parameters.inputs->native());
    warm_binds.emplace(launcher, false);
    const Json warm = Json::parse(
        gvisor::generate_warm_config(*plan, places, {.launcher = launcher, .takes_inputs = true})
    );
    check_isolation(warm, by);
    check_mounts(warm.at("mounts"), warm_binds);
    check_launcher(warm.at("process"));

    places.inputs = parameters.inputs;
    if (plan->secrets == gvisor::SecretsAs::Files) binds.emplace("/run/cellos/1/secrets", false);
    const Json cold =
        Json::parse(gvisor::bundle_config(*plan, places, parameters.cgroup_limits_memory));
    check(cold, document, by, binds);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto document = parse_document({reinterpret_cast<const char*>(data), size});
    if (!document) return -1; // not worth a place in the corpus
    for (const Operator& by : operators()) {
        const auto text = generate_bundle_config(*document, by.config, by.parameters);
        if (text) check(Json::parse(*text), *document, by, by.binds);
        check_plan(*document, by);
    }
    return 0;
}
