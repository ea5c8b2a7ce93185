/// @file
/// From a document and the operator's config to the OCI `config.json` that runsc reads. Pure and
/// portable: the same arguments give the same text on every machine.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/environment.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/core/validate.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/gvisor/bundle/oci.hpp>
#include <cellos/host/gvisor/bundle/parameters.hpp>
#include <cellos/host/gvisor/config.hpp>
#include <cellos/json/write.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI {

namespace gvisor {

/// The sandbox itself needs 15 to 17 MiB; with less than this it dies before the workload starts.
inline constexpr std::int64_t min_memory_bytes = std::int64_t{32} << 20;

/// RLIMIT_NPROC where the document sets none: a fork bomb must end somewhere.
inline constexpr std::int64_t default_max_processes = 1024;

/// The cell's host name: its id as one DNS label, so that no tool takes a part of it for a domain.
template <class = IfUsed>
[[nodiscard]] std::string hostname(std::string_view cell_id) {
    constexpr std::size_t longest_label = 63;
    std::string name{cell_id.substr(0, longest_label)};
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !cellos::detail::is_alphanumeric(c); }, '-'
    );
    // An id begins with a letter or a digit; only the end may have become a hyphen.
    name.erase(name.find_last_not_of('-') + 1);
    return name;
}

namespace detail {

// What this backend cannot enforce or do, one line each: the user sees all of it at once.
template <class = IfUsed>
[[nodiscard]] std::vector<std::string> unsupported(
    const ExecutionCellSpec& spec, const BundleParameters& parameters
) {
    std::vector<std::string> lines;
    if (!spec.authority.egress_rules.empty()) {
        lines.emplace_back("network egress is not supported by this backend yet: remove "
                           "spec.authority.egressRules");
    }
    if (!spec.run) return lines;
    if (spec.run->secret_delivery == SecretDelivery::RuntimeBroker)
        lines.emplace_back("spec.run.secretDelivery runtimeBroker is not supported: use env");
    if (spec.run->secret_delivery == SecretDelivery::RuntimeLeasedBroker)
        lines.emplace_back("spec.run.secretDelivery runtimeLeasedBroker is not supported: use env");
    const Limits limits = spec.run->limits.value_or(Limits{});
    if (limits.memory_max_bytes && *limits.memory_max_bytes < min_memory_bytes) {
        lines.push_back(
            "spec.run.limits.memoryMaxBytes must be at least " + std::to_string(min_memory_bytes) +
            " (32 MiB): the sandbox itself needs half of that"
        );
    }
    if (limits.cpu_max && !parameters.cgroup_limits_cpu) {
        lines.emplace_back("spec.run.limits.cpuMax cannot be enforced here: it takes a cgroup with "
                           "a cpu controller");
    }
    return lines;
}

// JSON carries nothing else: another byte would reach the workload as U+FFFD. Names the variable,
// never its value.
template <class = IfUsed>
void append_bad_variables(
    std::vector<std::string>& lines, std::span<const std::string_view> environment
) {
    for (const std::string_view variable : environment) {
        const std::string_view name = variable.substr(0, variable.find('='));
        if (name.size() == variable.size() || !is_variable_name(name))
            lines.emplace_back("an entry of the environment is not NAME=value");
        else if (!is_text(variable))
            lines.push_back("the value of " + std::string{name} + " is not UTF-8 without NUL");
    }
}

template <class = IfUsed>
[[nodiscard]] std::vector<oci::Rlimit> rlimits(
    const Limits& limits, const BundleParameters& parameters
) {
    std::vector<oci::Rlimit> all;
    const auto add = [&](const char* type, std::optional<std::int64_t> limit) {
        if (!limit) return;
        const auto value = static_cast<std::uint64_t>(*limit);
        all.push_back({.type = type, .hard = value, .soft = value});
    };
    add("RLIMIT_CORE", 0);
    add("RLIMIT_NPROC", limits.max_processes.value_or(default_max_processes));
    add("RLIMIT_NOFILE", limits.max_open_files);
    add("RLIMIT_FSIZE", limits.max_file_bytes);
    if (!parameters.cgroup_limits_memory) add("RLIMIT_AS", limits.memory_max_bytes);
    return all;
}

template <class = IfUsed>
[[nodiscard]] oci::Process process(
    const RunSpec& run,
    const GVisorConfig& config,
    const BundleParameters& parameters,
    std::vector<std::string_view> environment
) {
    return {
        .terminal = false,
        .user = {config.user.uid, config.user.gid},
        .args = run.argv,
        .env = std::move(environment),
        .cwd = working_directory(run),
        .capabilities = {},
        .no_new_privileges = true,
        .rlimits = rlimits(run.limits.value_or(Limits{}), parameters),
    };
}

// Each namespace is a new one; the network's holds nothing but a loopback device. runsc has little
// behind the paths; they stand here for other runtimes and for what it may add.
template <class = IfUsed>
[[nodiscard]] oci::Linux isolation() {
    return {
        .namespaces = {{"pid", {}}, {"ipc", {}}, {"uts", {}}, {"mount", {}}, {"network", {}}},
        .masked_paths =
            {"/proc/acpi",
             "/proc/asound",
             "/proc/kcore",
             "/proc/keys",
             "/proc/latency_stats",
             "/proc/sched_debug",
             "/proc/scsi",
             "/proc/timer_list",
             "/proc/timer_stats",
             "/sys/firmware"},
        .readonly_paths =
            {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"},
    };
}

template <class Bundle = oci::Config>
[[nodiscard]] Result<std::string> bundle_config(
    const ExecutionCellDocument& document,
    const GVisorConfig& config,
    const BundleParameters& parameters
) {
    if (auto valid = validate(document); !valid) return failure_of(valid);

    std::vector<std::string> variables;
    if (!parameters.environment) {
        for (const auto& [name, value] : cell_environment(document.spec))
            variables.push_back(std::string{name}.append("=").append(value));
    }
    const auto& entries = parameters.environment ? *parameters.environment : variables;
    std::vector<std::string_view> environment{entries.begin(), entries.end()};

    std::vector<std::string> refused = unsupported(document.spec, parameters);
    append_bad_variables(refused, environment);
    for (std::string& violation : mount_violations(config, parameters))
        refused.push_back(std::move(violation));
    if (!refused.empty()) {
        std::string message;
        for (const std::string& line : refused)
            message.append(message.empty() ? "" : "\n").append(line);
        return failure(CellosError::Kind::Unsupported, std::move(message));
    }

    const RunSpec run = document.spec.run.value_or(RunSpec{});
    Bundle bundle{
        .root = {.path = parameters.root_path, .readonly = true},
        .hostname = hostname(document.spec.id),
        .mounts = cell_mounts(run, config, parameters),
        .linux_ = isolation(),
    };
    if (document.spec.run) {
        bundle.process = process(run, config, parameters, std::move(environment));
    }
    return json::write(json::tree_of(bundle));
}

} // namespace detail

} // namespace gvisor

/// The complete `config.json` of the cell. `argv` is passed as it is, never through a shell; no
/// path of the host comes from the document; without `run` there is no process in it. Fails with
/// what validate() says, or with Unsupported and one line for each thing that this backend cannot
/// enforce or do. Secrets have no place in it: <cellos/host/sandbox/secrets.hpp> puts them into the
/// file, past everything that would copy them.
[[nodiscard]] inline Result<std::string> generate_bundle_config(
    const ExecutionCellDocument& document,
    const GVisorConfig& config,
    const BundleParameters& parameters = {}
);

template <class Lazy>
struct BundleDefinitions {
    friend Result<std::string> generate_bundle_config(
        const ExecutionCellDocument& document,
        const GVisorConfig& config,
        const BundleParameters& parameters
    ) {
        return gvisor::detail::bundle_config(document, config, parameters);
    }
};
static_assert(defined_if_used<BundleDefinitions>);

} // namespace cellos::inline CELLOS_ABI
