#pragma once

#include <cellos/core/environment.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/gvisor/bundle.hpp>
#include <cellos/host/gvisor/cell.hpp>
#include <cellos/host/gvisor/host.hpp>
#include <cellos/host/gvisor/rootfs.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// @file
/// What a cell's directory holds: the root file system from `create` on, the input files and the
/// bundle from `execute` on.

namespace cellos::inline v0::gvisor {

namespace detail {

/// What the host and the rootfs say about a run, before anything of the run is known.
[[nodiscard]] inline BundleParameters placement(
    const RunSpec& run,
    const HostFacts& host,
    const GVisorConfig& config,
    const std::filesystem::path& cell
) {
    BundleParameters parameters;
    if (host.system_rootfs) {
        parameters.root_path = (cell / "root").native();
        parameters.bound_system_directories = host.system_rootfs->bound_system_directories();
    } else {
        const auto& rootfs = std::get<DirectoryRootfs>(config.rootfs).path;
        parameters.root_path = std::filesystem::absolute(rootfs).native();
        parameters.working_directory_has_content = has_content(rootfs, working_directory(run));
    }
    return parameters;
}

/// Whether everything that runsc would otherwise make on the host is there.
[[nodiscard]] inline Result<void> check_places(
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

} // namespace detail

/// Checks the places that the document names and makes the cell with its root file system.
[[nodiscard]] inline Result<std::unique_ptr<Cell>> prepare_cell(
    const ExecutionCellDocument& document, const HostFacts& host, const GVisorConfig& config
) {
    const RunSpec run = document.spec.run.value_or(RunSpec{});
    const auto parameters = detail::placement(run, host, config, {});
    if (auto there = detail::check_places(run, config, parameters); !there)
        return failure(std::move(there).error());
    auto cell = Cell::make(host.state.get(), host.state_path, host.cgroups, document.spec.id);
    if (!cell || !host.system_rootfs) return cell;
    const auto points = mount_points(run, config, parameters);
    auto made = host.system_rootfs->materialise(
        (*cell)->directory(), "root", hostname(document.spec.id), points
    );
    if (!made) return failure(std::move(made).error());
    return cell;
}

/// Copies the input files to a directory of the cell, as they are now. `directory` must not exist.
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

/// Writes the input files and `config.json`, the last thing that runsc waits for.
[[nodiscard]] inline Result<void> write_bundle(
    Cell& cell, const RunContext& context, const HostFacts& host, const GVisorConfig& config
) {
    const RunSpec run = context.document.spec.run.value_or(RunSpec{});
    auto parameters = detail::placement(run, host, config, cell.path());
    if (!context.inputs.empty()) {
        parameters.inputs = cell.path() / "inputs";
        if (auto written = write_inputs(context.inputs, *parameters.inputs); !written)
            return written;
        if (auto there = detail::check_places(run, config, parameters); !there) return there;
    }
    // That the rest is enforced as far as the operator asks for was seen to when the cell was made.
    parameters.cgroup_limits_memory = cell.group() != nullptr && cell.group()->memory() != nullptr;
    parameters.cgroup_limits_cpu = true;
    auto& environment = parameters.environment.emplace();
    for (const auto& [name, value] : context.environment) environment.push_back(name + '=' + value);
    for (const auto& secret : context.secrets) {
        std::string& entry = environment.emplace_back();
        entry.reserve(secret.name.size() + 1 + secret.value.reveal().size());
        entry.append(secret.name).append("=").append(secret.value.reveal());
    }
    auto text = generate_bundle_config(context.document, config, parameters);
    for (std::string& entry : environment) wipe(entry.data(), entry.size());
    if (!text) return failure(std::move(text).error());
    auto written = os::write_new_file(cell.directory(), "bundle/config.json", *text, 0600);
    wipe(text->data(), text->size());
    return written;
}

} // namespace cellos::inline v0::gvisor
