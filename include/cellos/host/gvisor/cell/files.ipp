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

#include <cstdint>
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
[[nodiscard]] inline Result<void> make_run_directories(Cell& cell) {
    const CellPlan& plan = cell.plan();
    const auto make = [&](const char* name) {
        return ::mkdirat(cell.directory(), name, 0700) == 0;
    };
    if (plan.secrets == SecretsAs::Files && !make("secrets"))
        return os::failure("cannot make a directory for secrets");
    if (plan.volumes.empty()) return {};
    if (!make("artifacts")) return os::failure("cannot make a directory for artifacts");
    std::vector<std::string> directories{plan.working_directory.path};
    directories.insert(
        directories.end(), plan.artifact_directories.begin(), plan.artifact_directories.end()
    );
    auto volumes = sandbox::ArtifactVolumes::make(
        plan.volumes, directories, static_cast<std::uint64_t>(plan.scratch_bytes), plan.user
    );
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
    CellPlan plan, const HostFacts& host, const GVisorConfig& config
) {
    if (auto possible = check_safe_places(plan, host, config); !possible)
        return failure_of(possible);
    auto cell = Cell::make(host.state.get(), host.state_path, host.cgroups, std::move(plan));
    if (!cell) return cell;
    const CellPlan& planned = (*cell)->plan();
    // The operator's files are the operator's to change, and artifacts have to reach the host.
    if (config.mounts.empty() && planned.volumes.empty())
        (*cell)->set_mounted_files(MountedFiles::Stay);
    if (auto made = detail::make_run_directories(**cell); !made) return failure_of(made);
    const CellPlaces places = places_here(**cell, config);
    if (auto there = check_places(planned, places); !there) return failure_of(there);
    if (!host.system_rootfs) return cell;
    auto made = host.system_rootfs->materialise(
        (*cell)->directory(), "root", planned.hostname, mount_points(planned, places)
    );
    if (!made) return failure_of(made);
    return cell;
}

CELLOS_DECL Result<void> write_bundle(
    Cell& cell, const RunContext& context, const GVisorConfig& config
) {
    const CellPlan& plan = cell.plan();
    CellPlaces places = places_for_runsc(cell, config);
    if (!context.inputs.empty()) {
        places.inputs = cell.path() / "inputs";
        if (auto written = detail::write_inputs(context.inputs, *places.inputs); !written)
            return written;
        // Of all places only this one has come since the cell was made.
        if (plan.working_directory.bound.base == HostPlace::Base::Inputs) {
            const auto place = working_directory_on_host(plan, places);
            if (auto there = check_working_directory(*place); !there) return there;
        }
    }
    const bool as_files = plan.secrets == SecretsAs::Files;
    if (as_files) {
        if (auto written =
                sandbox::write_secret_files(cell.directory(), context.secrets, plan.user);
            !written)
            return written;
    }
    const bool as_variables = !as_files && !context.secrets.empty();
    const std::string placeholder = as_variables ? "CELLOS_SECRETS=" + cell.id() : "";
    // That the rest is enforced as far as the operator asks for was seen to when the cell was made.
    const bool group_limits_memory = cell.group() != nullptr && cell.group()->memory() != nullptr;
    const std::string text = bundle_config(plan, places, group_limits_memory, placeholder);
    if (as_variables) return write_config(cell.directory(), text, placeholder, context.secrets);
    return os::write_new_file(cell.directory(), "bundle/config.json", text, 0600);
}

} // namespace cellos::inline CELLOS_ABI::gvisor
