#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/span.hpp>
#include <cellos/host/gvisor/runsc/outcome.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/host/sandbox/record.hpp>
#include <cellos/os/spawn.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

/// @file
/// One attached `runsc run` as a process: its arguments, and where it says what its exit code
/// leaves open.

namespace cellos::inline CELLOS_ABI::gvisor {

/// In memory: a full disk must not silence it. They are runsc's descriptors 3, 4 and 5.
struct RunscLogs {
    os::Descriptor log;
    os::Descriptor panic;
    os::Descriptor debug;

    template <class = IfUsed>
    [[nodiscard]] static Result<RunscLogs> make() {
        RunscLogs logs;
        for (os::Descriptor* each : {&logs.log, &logs.panic, &logs.debug}) {
            auto file = os::make_memory_file("cellos-runsc-log");
            if (!file) return failure_of(file);
            *each = std::move(*file);
        }
        return logs;
    }
};

/// A `runsc run` that was started. The destructor ends it, but not what it has started.
struct RunscProcess {
    AnySpan span{}; ///< ends after the process
    RunscLogs logs{};
    os::ChildProcess child{};

    /// How the workload ended, once `child` was reaped with this status.
    template <class = IfUsed>
    [[nodiscard]] Result<ExitStatus> classify(
        const os::WaitStatus& status, std::string_view program
    ) const {
        const std::string log = os::memory_file_text(logs.log.get());
        const std::string panic_log = os::memory_file_text(logs.panic.get());
        const std::string debug_log = os::memory_file_text(logs.debug.get());
        return classify_runsc_end({
            .signaled = status.signaled,
            .value = status.value,
            .log = log,
            .panic_log = panic_log,
            .debug_log = debug_log,
            .program = program,
        });
    }
};

/// What every call of runsc for the cell in `directory` begins with.
template <class = IfUsed>
[[nodiscard]] std::vector<std::string> runsc_arguments(const std::filesystem::path& directory) {
    std::vector<std::string> arguments{"runsc", runsc_root_flag(directory)};
    if (::geteuid() != 0) arguments.emplace_back("--rootless");
    return arguments;
}

/// Whether the host may change what it has mounted into a cell while that runs. The sandbox then
/// has to ask for each step of each path; a Python start spends a tenth of its time with that.
enum class MountedFiles : std::uint8_t { MayChange, Stay };

/// The arguments of the run itself, with the bundle in the cell's directory.
template <class = IfUsed>
[[nodiscard]] std::vector<std::string> runsc_run_arguments(
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
             // Of `run` alone, and without --debug: two lines, one of them the wait status.
             std::string{"--debug-log=/proc/self/fd/5"},
             std::string{"--debug-command=run"},
             std::string{"run"},
             "--bundle=" + (directory / "bundle").native(),
             id,
         }) {
        arguments.push_back(std::move(argument));
    }
    return arguments;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
