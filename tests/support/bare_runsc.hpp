#pragma once

#include "support/bare_config.hpp"
#include "support/timed_run.hpp"

#include <cellos/host/gvisor/runsc/process.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/os/control_group.hpp>
#include <cellos/os/process_table.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/state_directory.hpp>
#include <cellos/os/wait.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <poll.h>

namespace cellos_tests {

/// What becomes of a caller who starts `runsc run` by hand, as `timeout -k 2 <deadline> runsc run`
/// would, for comparison.
struct BareRun {
    std::string end{};
    std::chrono::duration<double> took{};
    std::string left{};
};

/// A fault, done to what has `root` on its command line.
using Fault = std::function<void(const std::filesystem::path& root)>;

inline std::filesystem::path make_bare_bundle(
    const std::filesystem::path& directory,
    const cellos::ExecutionCellDocument& document,
    const cellos::GVisorConfig& config
) {
    const auto rootfs = directory / "rootfs";
    for (const char* name : {"proc", "tmp", "dev", "sys", "usr", "etc"})
        fs::create_directories(rootfs / name);
    for (const char* name : {"bin", "sbin", "lib", "lib64"}) {
        std::error_code ignored;
        fs::create_symlink(std::string{"usr/"} + name, rootfs / name, ignored);
    }
    const auto text = cellos::generate_bundle_config(document, config, {.root_path = rootfs});
    static_cast<void>(cellos::os::write_new_file(
        AT_FDCWD,
        (directory / "config.json").c_str(),
        bare_config(text.value(), cellos::gvisor::plan_cell(document, config).value()),
        0600
    ));
    return directory;
}

inline std::size_t files_below(const std::filesystem::path& directory) {
    std::size_t count = 0;
    std::error_code ignored;
    for (auto it = fs::recursive_directory_iterator{directory, ignored}; it != fs::end(it);
         it.increment(ignored))
        ++count;
    return count;
}

inline BareRun bare_run(
    const std::filesystem::path& runsc,
    const cellos::ExecutionCellDocument& document,
    std::chrono::milliseconds deadline,
    const Fault& fault,
    const cellos::GVisorConfig& config = {},
    const std::filesystem::path& full_disk = {} ///< where runsc is to keep its state, if not empty
) {
    using namespace cellos::os;
    using namespace std::chrono_literals;
    const StateDirectory state;
    const auto root = (full_disk.empty() ? state.path() : full_disk) / "runsc";
    fs::create_directories(root);
    const auto bundle = make_bare_bundle(state.path() / "bundle", document, config);
    // Not a part of the comparison: by it the test removes what bare runsc leaves.
    const std::string id = random_id().value();
    auto group = ControlGroup::make(find_cgroup_hierarchies(), "bare-" + id).value();
    auto output = make_pipe().value();

    BareRun bare;
    {
        SpawnRequest request{
            .program = runsc,
            .argv =
                {"runsc",
                 "--root=" + root.native(),
                 "--network=none",
                 "--ignore-cgroups",
                 "run",
                 "--bundle=" + bundle.native(),
                 id},
            .environment = cellos::gvisor::runsc_environment(),
            .stdio = {-1, output.write_end.get(), -1},
        };
        request.cgroup = group.directory_fd();
        request.cgroups = group.joined_procs_fds();
        auto child = spawn(request).value().release().value();
        output.write_end.reset();

        const auto start = Clock::now();
        const auto ended_by = [&](Clock::time_point until) {
            return wait_readable(child.pidfd(), until);
        };
        // The workload's first output, or the end of a runsc that has none.
        if (wait_readable(output.read_end.get(), start + deadline) && fault) fault(root);
        bool ended = ended_by(start + deadline);
        if (!ended) {
            child.signal(SIGTERM);
            ended = ended_by(start + deadline + 2s);
            if (!ended) {
                bare.end = "hangs, SIGKILL";
                child.signal(SIGKILL);
            } else {
                bare.end = "ends on SIGTERM";
            }
        }
        const auto status = child.reap();
        bare.took = Clock::now() - start;
        if (bare.end.empty()) {
            bare.end = (status->signaled ? "signal " : "code ") + std::to_string(status->value);
        }
    }
    // What ends by itself may take a moment for it.
    const bool empty = group.wait_until_empty(Clock::now() + 1s);
    if (!empty) {
        const std::string pids =
            cellos::os::read_file(AT_FDCWD, (group.path() / "cgroup.procs").c_str()).value_or("");
        bare.left = std::to_string(std::ranges::count(pids, '\n')) + " processes";
    }
    if (const auto files = files_below(root); files > 0)
        bare.left += (empty ? "" : ", ") + std::to_string(files) + " files";
    static_cast<void>(group.kill());
    static_cast<void>(group.wait_until_empty(Clock::now() + 5s));
    fs::remove_all(state.path());
    return bare;
}

/// Sends a signal to those processes of a sandbox that were started as `word`: `boot` (the sandbox
/// itself), `gofer` or `run`.
inline void signal_processes(const std::filesystem::path& marker, std::string word, int number) {
    for (const auto& process : named_descendants(marker.native())) {
        const std::string command = file_text("/proc/" + std::to_string(process.pid) + "/cmdline");
        if (command.find('\0' + word + '\0') == std::string::npos) continue;
        ::syscall(SYS_pidfd_send_signal, process.pidfd.get(), number, nullptr, 0);
    }
}

} // namespace cellos_tests
