#pragma once

#include <cellos/core/environment.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/host_places.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/gvisor/bundle/secret_config.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/sandbox/artifacts.hpp>
#include <cellos/host/sandbox/places.hpp>
#include <cellos/host/sandbox/secrets.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// @file
/// What a cell's directory holds: the root file system from `create` on, the input files and the
/// bundle from `execute` on.

namespace cellos::inline CELLOS_ABI::gvisor {

/// What this document has mounted beside the operator's mounts: its secrets, where they are files
/// in the directory `cell`, and the volumes of its artifacts, whose root is seen at `volumes`.
template <class = IfUsed>
[[nodiscard]] std::vector<HostMount> run_mounts(
    const ExecutionCellSpec& spec,
    const std::filesystem::path& cell,
    const std::filesystem::path& volumes
) {
    std::vector<HostMount> mounts = volume_mounts(spec, volumes);
    if (has_secret_files(spec)) mounts.push_back({cell / "secrets", secrets_place});
    return mounts;
}

namespace detail {

/// What the host, the rootfs and the document say about a run, before anything of the run is known.
/// `volumes` is where the root of the cell's artifacts is seen.
template <class = IfUsed>
[[nodiscard]] BundleParameters placement(
    const ExecutionCellSpec& spec,
    const HostFacts& host,
    const GVisorConfig& config,
    const std::filesystem::path& cell,
    const std::filesystem::path& volumes
) {
    BundleParameters parameters{.mounts = run_mounts(spec, cell, volumes)};
    if (host.system_rootfs) {
        parameters.root_path = (cell / "root").native();
        parameters.bound_system_directories = host.system_rootfs->bound_system_directories();
    } else {
        const auto& rootfs = std::get<DirectoryRootfs>(config.rootfs).path;
        parameters.root_path = std::filesystem::absolute(rootfs).native();
        parameters.working_directory_has_content =
            has_content(rootfs, working_directory(spec.run.value_or(RunSpec{})));
    }
    return parameters;
}

/// Whether everything that runsc would otherwise make on the host is there.
template <class = IfUsed>
[[nodiscard]] Result<void> check_places(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
) {
    const auto points = mount_points(run, config, parameters);
    if (auto there = check_mount_sources(points); !there) return there;
    if (const auto place = working_directory_on_host(run, config, parameters)) {
        if (auto there = check_working_directory(*place); !there) return there;
    }
    if (is_system(config.rootfs)) return {};
    return check_directory_rootfs(parameters.root_path, points);
}

/// Makes the directories that become secrets and artifacts of the cell.
template <class = IfUsed>
[[nodiscard]] Result<void> make_run_directories(
    Cell& cell, const ExecutionCellSpec& spec, const GVisorConfig& config
) {
    const auto make = [&](const char* name) {
        return ::mkdirat(cell.directory(), name, 0700) == 0;
    };
    if (has_secret_files(spec) && !make("secrets"))
        return os::failure("cannot make a directory for secrets");
    if (volume_places(spec).empty()) return {};
    if (!make("artifacts")) return os::failure("cannot make a directory for artifacts");
    auto volumes = ArtifactVolumes::make(spec, config.user);
    if (!volumes) return failure_of(volumes);
    cell.keep(*std::move(volumes));
    return {};
}

/// What this host has no safe place for.
template <class = IfUsed>
[[nodiscard]] Result<void> check_safe_places(
    const ExecutionCellSpec& spec, const HostFacts& host, const GVisorConfig& config
) {
    std::vector<std::string> lines;
    if (const auto* rootfs = std::get_if<DirectoryRootfs>(&config.rootfs)) {
        for (const std::string& place : volume_places(spec)) {
            if (place != "/tmp" && has_content(rootfs->path, place))
                lines.push_back(
                    "spec.export.artifacts: exports from " + place +
                    " would hide the files that the rootfs has there: export from another directory"
                );
        }
    }
    if (!spec.authority.secret_refs.empty() && !os::memory_backed(host.state_path.c_str()))
        lines.push_back(
            "spec.authority.secretRefs: the state directory " + host.state_path.string() +
            " is on a disk, where secrets must not be: configure one on a tmpfs (/run, /dev/shm)"
        );
    const bool root = ::geteuid() == 0;
    if (!root && has_secret_files(spec))
        lines.emplace_back(
            "spec.run.secretDelivery: file needs root, to give files to the cell's user: use env"
        );
    if (!root && !volume_places(spec).empty())
        lines.emplace_back("spec.export.artifacts: exports need root, to mount a file system");
    if (lines.empty()) return {};
    std::string message;
    for (const std::string& line : lines) message.append(message.empty() ? "" : "\n").append(line);
    return failure(CellosError::Kind::Unsupported, std::move(message));
}

} // namespace detail

/// Checks the places that the document names and makes the cell with its root file system.
template <class = IfUsed>
[[nodiscard]] Result<std::unique_ptr<Cell>> prepare_cell(
    const ExecutionCellDocument& document, const HostFacts& host, const GVisorConfig& config
) {
    const ExecutionCellSpec& spec = document.spec;
    const RunSpec run = spec.run.value_or(RunSpec{});
    if (auto possible = detail::check_safe_places(spec, host, config); !possible)
        return failure_of(possible);
    auto cell = Cell::make(host.state.get(), host.state_path, host.cgroups, spec.id);
    if (!cell) return cell;
    // The operator's files are the operator's to change, and artifacts have to reach the host.
    if (config.mounts.empty() && volume_places(spec).empty())
        (*cell)->set_mounted_files(MountedFiles::Stay);
    if (auto made = detail::make_run_directories(**cell, spec, config); !made)
        return failure_of(made);
    const auto* artifacts = (*cell)->artifacts();
    const auto parameters =
        detail::placement(spec, host, config, (*cell)->path(), artifacts ? artifacts->path() : "/");
    if (auto there = detail::check_places(run, config, parameters); !there)
        return failure_of(there);
    if (!host.system_rootfs) return cell;
    auto made = host.system_rootfs->materialise(
        (*cell)->directory(), "root", hostname(spec.id), mount_points(run, config, parameters)
    );
    if (!made) return failure_of(made);
    return cell;
}

/// Copies the input files to a directory of the cell, as they are now. `directory` must not exist.
template <class = IfUsed>
[[nodiscard]] Result<void> write_inputs(
    const std::vector<InputFile>& inputs, const std::filesystem::path& directory
) {
    if (::mkdir(directory.c_str(), 0755) == -1)
        return os::failure("cannot make " + directory.string());
    for (const InputFile& input : inputs) {
        const auto target = directory / input.name;
        if (const auto* bytes = std::get_if<std::string>(&input.source)) {
            if (auto written = os::write_new_file(AT_FDCWD, target.c_str(), *bytes, 0444); !written)
                return written;
            continue;
        }
        std::error_code error;
        std::filesystem::copy_file(std::get<std::filesystem::path>(input.source), target, error);
        if (!error) std::filesystem::permissions(target, std::filesystem::perms{0444}, error);
        if (error)
            return failure(
                CellosError::Kind::Host,
                "cannot read the input file '" + input.name + "': " + error.message()
            );
    }
    return {};
}

/// Writes the input files and `config.json`, the last thing that runsc waits for.
template <class = IfUsed>
[[nodiscard]] Result<void> write_bundle(
    Cell& cell, const RunContext& context, const HostFacts& host, const GVisorConfig& config
) {
    const ExecutionCellSpec& spec = context.document.spec;
    const RunSpec run = spec.run.value_or(RunSpec{});
    auto parameters = detail::placement(spec, host, config, cell.path(), cell.path() / "artifacts");
    if (!context.inputs.empty()) {
        parameters.inputs = cell.path() / "inputs";
        if (auto written = write_inputs(context.inputs, *parameters.inputs); !written)
            return written;
        if (const auto place = working_directory_on_host(run, config, parameters);
            place && place->directory == parameters.inputs) {
            if (auto there = check_working_directory(*place); !there) return there;
        }
    }
    // That the rest is enforced as far as the operator asks for was seen to when the cell was made.
    parameters.cgroup_limits_memory = cell.group() != nullptr && cell.group()->memory() != nullptr;
    parameters.cgroup_limits_cpu = true;
    auto& environment = parameters.environment.emplace();
    for (const auto& [name, value] : context.environment) environment.push_back(name + '=' + value);
    if (has_secret_files(spec)) {
        if (auto written = write_secret_files(cell.directory(), context.secrets, config.user);
            !written)
            return written;
    }
    const bool in_environment = !has_secret_files(spec) && !context.secrets.empty();
    const std::string placeholder = "CELLOS_SECRETS=" + cell.id();
    if (in_environment) environment.push_back(placeholder);
    auto text = generate_bundle_config(context.document, config, parameters);
    if (!text) return failure_of(text);
    if (in_environment) return write_config(cell.directory(), *text, placeholder, context.secrets);
    return os::write_new_file(cell.directory(), "bundle/config.json", *text, 0600);
}

} // namespace cellos::inline CELLOS_ABI::gvisor
