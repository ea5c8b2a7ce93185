#pragma once

#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/host_places.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/gvisor/bundle/secret_config.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/files.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/cell/placement.hpp>
#include <cellos/host/sandbox/artifacts.hpp>
#include <cellos/host/sandbox/secrets.hpp>
#include <cellos/os/descriptor.hpp>

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// Makes the directories that become secrets and artifacts of the cell.
[[nodiscard]] inline Result<void> make_run_directories(
    Cell& cell, const ExecutionCellSpec& spec, const GVisorConfig& config
) {
    const auto make = [&](const char* name) {
        return ::mkdirat(cell.directory(), name, 0700) == 0;
    };
    if (sandbox::has_secret_files(spec) && !make("secrets"))
        return os::failure("cannot make a directory for secrets");
    if (sandbox::volume_places(spec).empty()) return {};
    if (!make("artifacts")) return os::failure("cannot make a directory for artifacts");
    auto volumes = sandbox::ArtifactVolumes::make(spec, config.user);
    if (!volumes) return failure_of(volumes);
    cell.keep(*std::move(volumes));
    return {};
}

// Copies the input files, as they are now, to a directory that must not exist.
[[nodiscard]] inline Result<void> write_inputs(
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

} // namespace detail

CELLOS_DECL Result<std::unique_ptr<Cell>> prepare_cell(
    const ExecutionCellDocument& document, const HostFacts& host, const GVisorConfig& config
) {
    const ExecutionCellSpec& spec = document.spec;
    const RunSpec run = spec.run.value_or(RunSpec{});
    if (auto possible = check_safe_places(spec, host, config); !possible)
        return failure_of(possible);
    auto cell = Cell::make(host.state.get(), host.state_path, host.cgroups, spec.id);
    if (!cell) return cell;
    // The operator's files are the operator's to change, and artifacts have to reach the host.
    if (config.mounts.empty() && sandbox::volume_places(spec).empty())
        (*cell)->set_mounted_files(MountedFiles::Stay);
    if (auto made = detail::make_run_directories(**cell, spec, config); !made)
        return failure_of(made);
    const auto* artifacts = (*cell)->artifacts();
    const auto parameters =
        placement(spec, host, config, (*cell)->path(), artifacts ? artifacts->path() : "/");
    if (auto there = check_places(run, config, parameters); !there) return failure_of(there);
    if (!host.system_rootfs) return cell;
    auto made = host.system_rootfs->materialise(
        (*cell)->directory(), "root", hostname(spec.id), mount_points(run, config, parameters)
    );
    if (!made) return failure_of(made);
    return cell;
}

CELLOS_DECL Result<void> write_bundle(
    Cell& cell, const RunContext& context, const HostFacts& host, const GVisorConfig& config
) {
    const ExecutionCellSpec& spec = context.document.spec;
    const RunSpec run = spec.run.value_or(RunSpec{});
    auto parameters = placement(spec, host, config, cell.path(), cell.path() / "artifacts");
    if (!context.inputs.empty()) {
        parameters.inputs = cell.path() / "inputs";
        if (auto written = detail::write_inputs(context.inputs, *parameters.inputs); !written)
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
    if (sandbox::has_secret_files(spec)) {
        if (auto written =
                sandbox::write_secret_files(cell.directory(), context.secrets, config.user);
            !written)
            return written;
    }
    const bool in_environment = !sandbox::has_secret_files(spec) && !context.secrets.empty();
    const std::string placeholder = "CELLOS_SECRETS=" + cell.id();
    if (in_environment) environment.push_back(placeholder);
    auto text = generate_bundle_config(context.document, config, parameters);
    if (!text) return failure_of(text);
    if (in_environment) return write_config(cell.directory(), *text, placeholder, context.secrets);
    return os::write_new_file(cell.directory(), "bundle/config.json", *text, 0600);
}

} // namespace cellos::inline CELLOS_ABI::gvisor
