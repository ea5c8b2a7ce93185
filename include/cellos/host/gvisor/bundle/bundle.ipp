#pragma once

#include <cellos/core/environment.hpp>
#include <cellos/core/join_lines.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/core/validate.hpp>
#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/confinement.hpp>
#include <cellos/host/gvisor/bundle/describe_oci.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/sandbox/places.hpp>
#include <cellos/json/write.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI {

namespace gvisor {

CELLOS_DECL std::string hostname(std::string_view cell_id) {
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
[[nodiscard]] inline std::vector<std::string> unsupported(
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
inline void append_bad_variables(
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

[[nodiscard]] inline oci::Process process(
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
        .cwd = sandbox::working_directory(run),
        .capabilities = {},
        .no_new_privileges = true,
        .rlimits = rlimits(run.limits.value_or(Limits{}), parameters),
    };
}

} // namespace detail

} // namespace gvisor

CELLOS_DECL Result<std::string> generate_bundle_config(
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

    std::vector<std::string> refused = gvisor::detail::unsupported(document.spec, parameters);
    gvisor::detail::append_bad_variables(refused, environment);
    for (std::string& violation : gvisor::mount_violations(config, parameters))
        refused.push_back(std::move(violation));
    if (!refused.empty()) return failure(CellosError::Kind::Unsupported, join_lines(refused));

    const RunSpec run = document.spec.run.value_or(RunSpec{});
    oci::Config bundle{
        .root = {.path = parameters.root_path, .readonly = true},
        .hostname = gvisor::hostname(document.spec.id),
        .mounts = gvisor::cell_mounts(run, config, parameters),
        .linux_ = gvisor::detail::isolation(),
    };
    if (document.spec.run) {
        bundle.process = gvisor::detail::process(run, config, parameters, std::move(environment));
    }
    return json::write(json::tree_of(bundle));
}

} // namespace cellos::inline CELLOS_ABI
