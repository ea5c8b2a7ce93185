/// @file
/// One attached `runsc run`: the only way to get an exit code out of runsc reliably (gvisor issue
/// 3276).
#pragma once

#include <cellos/core/exit_status.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/gvisor/runsc/control_socket.hpp>
#include <cellos/host/gvisor/runsc/process.hpp>
#include <cellos/os/pump.hpp>
#include <cellos/os/stdio.hpp>
#include <cellos/os/wait.hpp>

#include <cstdint>
#include <optional>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;
struct CellPlan;
struct Runsc;

/// How many bytes the plan lets its workload write; StdioBridge::unlimited if there is no limit.
[[nodiscard]] CELLOS_DECL std::uint64_t output_limit(const CellPlan& plan);

/// One run of a cell, by one thread. A stop request or the deadline ends the workload: with SIGTERM
/// first if the plan gives it time (CellPlan::grace), then with SIGKILL.
class AttachedRun {
public:
    /// Both must outlive this object.
    CELLOS_DECL AttachedRun(Cell& cell, const Runsc& runsc);

    /// Boots the sandbox and runs the command in it. Blocks until the workload has ended or was
    /// ended; the sandbox is dead then, too. The errors are those of classify_runsc_end(), or Host
    /// if runsc could not be started.
    [[nodiscard]] CELLOS_DECL Result<ExitStatus> operator()(const RunContext& context);

    /// The same for a sandbox that was booted ahead and receives the command through the bridge.
    /// Once it has answered how the workload ended, it is killed: waiting for it and runsc to end
    /// normally takes longer.
    [[nodiscard]] CELLOS_DECL Result<ExitStatus> run_warm_to_end(
        RunscProcess runsc, WaitRequest question, os::StdioBridge& stdio, const RunContext& context
    );

private:
    [[nodiscard]] Result<ExitStatus> run_to_end(
        RunscProcess runsc, os::StdioBridge& stdio, const RunContext& context
    );
    [[nodiscard]] os::Wake wait(
        const os::ChildProcess& runsc,
        os::StdioBridge& stdio,
        int stop_fd,
        os::Clock::time_point deadline
    );
    [[nodiscard]] Result<void> make_it_end(
        os::Wake wake, os::ChildProcess& runsc, os::StdioBridge& stdio, const RunContext& context
    );

    Cell& cell_;
    const Runsc& runsc_;
    WaitRequest question_;
    std::optional<unsigned> told_; ///< the workload's wait status, as the sandbox reported it
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/attached_run.ipp>
#endif
