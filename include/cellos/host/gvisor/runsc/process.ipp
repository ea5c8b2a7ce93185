#pragma once

#include <cellos/host/gvisor/runsc/outcome.hpp>
#include <cellos/host/gvisor/runsc/process.hpp>

#include <csignal>
#include <utility>

#include <unistd.h>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL Result<RunscLogs> RunscLogs::make() {
    RunscLogs logs;
    for (os::Descriptor* each : {&logs.log, &logs.panic}) {
        auto file = os::make_memory_file("cellos-runsc-log");
        if (!file) return failure_of(file);
        *each = std::move(*file);
    }
    auto pipe = os::make_pipe();
    if (!pipe) return failure_of(pipe);
    logs.output = std::move(*pipe);
    return logs;
}

CELLOS_DECL CellosError RunscProcess::reap_the_dead() {
    child.signal(SIGKILL);
    auto status = child.reap();
    if (!status) return status.error();
    const std::string log = os::memory_file_text(logs.log.get());
    const std::string panic_log = os::memory_file_text(logs.panic.get());
    return cause_of_death({
        .signaled = status->signaled,
        .value = status->value,
        .log = log,
        .panic_log = panic_log,
    });
}

CELLOS_DECL std::string runsc_root_flag(const std::filesystem::path& cell_directory) {
    return "--root=" + (cell_directory / "runsc").native();
}

CELLOS_DECL std::vector<std::string> runsc_arguments(const std::filesystem::path& directory) {
    std::vector<std::string> arguments{"runsc", runsc_root_flag(directory)};
    if (::geteuid() != 0) arguments.emplace_back("--rootless");
    return arguments;
}

CELLOS_DECL std::vector<std::string> runsc_run_arguments(
    const std::filesystem::path& directory,
    const std::string& id,
    const std::string& platform,
    MountedFiles mounted
) {
    auto arguments = runsc_arguments(directory);
    if (mounted == MountedFiles::Stay) arguments.emplace_back("--file-access-mounts=exclusive");
    for (std::string argument : {
             "--platform=" + platform,
             std::string{"--network=none"},
             // The cell's group is ours: made, joined and removed by us.
             std::string{"--ignore-cgroups"},
             std::string{"--log-fd=3"},
             std::string{"--log-format=json"},
             // --panic-log-fd is refused by `run`.
             std::string{"--panic-log=/proc/self/fd/4"},
             std::string{"run"},
             "--bundle=" + (directory / "bundle").native(),
             id,
         }) {
        arguments.push_back(std::move(argument));
    }
    return arguments;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
