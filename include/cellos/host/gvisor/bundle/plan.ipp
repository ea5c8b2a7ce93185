#pragma once

#include <cellos/core/environment.hpp>
#include <cellos/core/join_lines.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/core/validate.hpp>
#include <cellos/host/gvisor/bundle/confinement.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/bundle/refusals.hpp>
#include <cellos/host/sandbox/ceilings.hpp>
#include <cellos/host/sandbox/exports.hpp>
#include <cellos/host/sandbox/places.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

[[nodiscard]] inline std::vector<std::string> variables(
    const ExecutionCellSpec& spec, std::optional<std::string_view> home
) {
    std::vector<std::string> variables;
    for (const auto& [name, value] : cell_environment(spec, home))
        variables.push_back(std::string{name}.append("=").append(value));
    return variables;
}

[[nodiscard]] inline SecretsAs secrets_of(const ExecutionCellSpec& spec) {
    if (spec.authority.secret_refs.empty()) return SecretsAs::None;
    const bool files = spec.run && spec.run->secret_delivery == SecretDelivery::File;
    return files ? SecretsAs::Files : SecretsAs::Variables;
}

[[nodiscard]] inline std::vector<CellMount> own_mounts(const CellPlan& plan) {
    std::vector<CellMount> mounts;
    for (const std::string& place : plan.volumes) {
        const auto number = std::to_string(mounts.size());
        mounts.push_back({{HostPlace::Base::Volumes, number}, place, true});
    }
    return mounts;
}

[[nodiscard]] inline std::vector<CellMount> as_they_are(const std::vector<HostMount>& mounts) {
    std::vector<CellMount> all;
    all.reserve(mounts.size());
    for (const HostMount& mount : mounts)
        all.push_back({{HostPlace::Base::Host, mount.host}, mount.cell, mount.writable});
    return all;
}

[[nodiscard]] inline WorkingDirectory working_directory(const RunSpec& run, const CellPlan& plan) {
    WorkingDirectory directory{.path = sandbox::normal_path(run.working_directory.value_or("/"))};
    const std::string& path = directory.path;
    const auto lies_in = [&](std::string_view place, HostPlace bound) {
        if (!sandbox::at_or_below(path, place)) return false;
        directory.kind = WorkingDirectory::Kind::OnHost;
        directory.bound = std::move(bound);
        if (path.size() > place.size()) directory.below = path.substr(place.size() + 1);
        return true;
    };
    for (const CellMount& mount : plan.mounts)
        if (lies_in(mount.cell, mount.source)) return directory;
    if (plan.owns_root) {
        if (lies_in("/usr", {HostPlace::Base::Host, "/usr"})) return directory;
        for (const std::string_view place : sandbox::system_directories)
            if (lies_in(place, {HostPlace::Base::Host, place})) return directory;
    }
    if (sandbox::at_or_below(path, "/inputs")) {
        directory.kind = WorkingDirectory::Kind::Inputs;
        return directory;
    }
    if (plan.secrets == SecretsAs::Files && sandbox::at_or_below(path, sandbox::secrets_place))
        return directory;
    const bool is_home = plan.owns_root && path == sandbox::home_place;
    const bool given =
        path == "/" || path == "/tmp" || is_home || sandbox::in_any(sandbox::own_places, path);
    if (!given && !(plan.owns_root && sandbox::at_or_below(path, "/etc")))
        directory.kind = WorkingDirectory::Kind::Scratch;
    return directory;
}

// What the document says, and no refusal depends on.
inline void append_run(CellPlan& plan, const RunSpec& run, const Ceilings& ceilings) {
    Limits defaults;
    defaults.max_processes = default_max_processes;
    defaults.scratch_bytes = sandbox::default_scratch_bytes;
    const Limits asked = run.limits.value_or(Limits{});
    const Limits limits = sandbox::limits_below(ceilings, asked, defaults);
    plan.argv = run.argv;
    plan.working_directory = working_directory(run, plan);
    plan.scratch_bytes = limits.scratch_bytes.value_or(sandbox::default_scratch_bytes);
    plan.rlimits = rlimits(limits);
    plan.group = {
        .memory_max_bytes = limits.memory_max_bytes,
        .cpu_max = limits.cpu_max,
        .cpu_time = {},
        .max_processes = limits.max_processes,
        .memory_is_ceiling = limits.memory_max_bytes && !asked.memory_max_bytes,
        .processes_are_ceiling = limits.max_processes && !asked.max_processes};
    if (limits.cpu_time_ms) plan.group.cpu_time = std::chrono::milliseconds{*limits.cpu_time_ms};
    if (const auto most = limits.max_output_bytes)
        plan.max_output_bytes = static_cast<std::uint64_t>(*most);
    plan.grace = std::chrono::seconds{limits.graceful_shutdown_seconds.value_or(0)};
}

// What must not be hidden by a mount of the operator's.
[[nodiscard]] inline std::vector<CellMount> with_secrets(const CellPlan& plan) {
    std::vector<CellMount> mounts = plan.mounts;
    if (plan.secrets == SecretsAs::Files)
        mounts.push_back({{HostPlace::Base::Host, "/"}, sandbox::secrets_place});
    return mounts;
}

// `plan` has its own mounts as somebody wrote them down.
[[nodiscard]] inline Result<CellPlan> complete(
    CellPlan plan,
    const ExecutionCellSpec& spec,
    const GVisorConfig& config,
    bool groups_limit_cpu,
    CellFacts facts
) {
    std::vector<CellMount> mounts = as_they_are(config.mounts);
    std::ranges::move(plan.mounts, std::back_inserter(mounts));
    plan.mounts = std::move(mounts);
    plan.owns_root = sandbox::is_system(config.rootfs);

    std::vector<std::string> refused = unsupported(spec, groups_limit_cpu);
    std::ranges::move(sandbox::above_ceilings(spec, config.ceilings), std::back_inserter(refused));
    // To setresuid(2) it means "as before": the workload would be the agent.
    constexpr std::uint32_t nobody = 0xFFFFFFFF;
    if (config.user.uid == nobody || config.user.gid == nobody)
        refused.emplace_back("cells cannot run as user or group 4294967295: it is nobody's");
    std::ranges::move(
        mount_violations(with_secrets(plan), plan.owns_root), std::back_inserter(refused)
    );
    if (!refused.empty()) return failure(CellosError::Kind::Unsupported, join_lines(refused));

    for (CellMount& mount : plan.mounts) mount.cell = sandbox::normal_path(mount.cell);
    plan.cell_id = spec.id;
    plan.hostname = gvisor::hostname(spec.id);
    plan.user = config.user;
    plan.has_command = spec.run.has_value();
    plan.environment = variables(
        spec, has_home(plan) ? std::optional<std::string_view>{sandbox::home_place} : std::nullopt
    );
    append_run(plan, spec.run.value_or(RunSpec{}), config.ceilings);
    fit_to_host(plan, std::move(facts));
    return plan;
}

CELLOS_DECL Result<CellPlan> plan_bundle(
    const ExecutionCellDocument& document,
    const GVisorConfig& config,
    const BundleParameters& parameters
) {
    if (auto valid = validate_for(argv_bounds, document); !valid) return failure_of(valid);
    CellPlan plan;
    plan.secrets = secrets_of(document.spec);
    plan.mounts = as_they_are(parameters.mounts);
    return complete(
        std::move(plan),
        document.spec,
        config,
        parameters.cgroup_limits_cpu,
        {parameters.bound_system_directories, parameters.working_directory_has_content}
    );
}

} // namespace detail

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

CELLOS_DECL Result<CellPlan> plan_cell(
    const ExecutionCellDocument& document, const GVisorConfig& config, CellFacts facts
) {
    if (auto valid = validate_for(argv_bounds, document); !valid) return failure_of(valid);
    const ExecutionCellSpec& spec = document.spec;
    CellPlan plan;
    plan.artifact_directories = sandbox::artifact_directories(spec);
    const auto lost = sandbox::unwritable_artifacts(plan.artifact_directories, config.rootfs);
    if (!lost.empty()) return failure(CellosError::Kind::Unsupported, join_lines(lost));
    plan.volumes = sandbox::volume_places(plan.artifact_directories);
    plan.secrets = detail::secrets_of(spec);
    plan.mounts = detail::own_mounts(plan);
    // That the cell is held to its share of the processors is seen to once it has a group.
    return detail::complete(std::move(plan), spec, config, true, std::move(facts));
}

CELLOS_DECL void fit_to_host(CellPlan& plan, CellFacts facts) {
    for (std::string& directory : facts.bound_system_directories) {
        // An operator's /etc comes with what is in it, and no place for a mount can be made in the
        // host's own directory: the cell gets a copy of such a one.
        const bool hidden = std::ranges::any_of(plan.mounts, [&](const CellMount& mount) {
            return sandbox::at_or_below(directory, mount.cell) ||
                   sandbox::at_or_below(mount.cell, directory);
        });
        if (plan.owns_root && !hidden)
            plan.bound_system_directories.push_back(std::move(directory));
    }
    WorkingDirectory& directory = plan.working_directory;
    if (!plan.owns_root && facts.working_directory_has_content &&
        directory.kind == WorkingDirectory::Kind::Scratch)
        directory.kind = WorkingDirectory::Kind::InRoot;
}

CELLOS_DECL bool has_home(const CellPlan& plan) {
    return plan.owns_root && std::ranges::none_of(plan.mounts, [](const CellMount& mount) {
               return sandbox::at_or_below(sandbox::home_place, mount.cell);
           });
}

CELLOS_DECL std::vector<oci::Rlimit> process_limits(
    const CellPlan& plan, bool group_limits_memory
) {
    std::vector<oci::Rlimit> limits = plan.rlimits;
    if (const auto most = plan.group.memory_max_bytes; most && !group_limits_memory) {
        const auto bytes = static_cast<std::uint64_t>(*most);
        limits.push_back({.type = "RLIMIT_AS", .hard = bytes, .soft = bytes});
    }
    return limits;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
