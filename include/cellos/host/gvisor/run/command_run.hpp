#pragma once

#include <cellos/core/exit_status.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/gvisor/cell/sandbox.hpp>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;

/// Runs the one command of a cell in a sandbox, booted for it or before, and ends the sandbox.
///
///     the agent is ready → input files and secrets are stored → the limits are set
///       → the command is started → it ends, or is made to → the sandbox is ended
///
/// What ends it early: the deadlines of the context (a time-out counts from the exec), the stop
/// token, and processor time, output or memory beyond their limits. With the first two SIGTERM
/// comes first where the plan gives the workload time for that (CellPlan::grace), until the cell's
/// deadline or the next stop. SIGKILL goes to the workload, so that the agent can tell what it has
/// used, and then to everything.
///
/// Blocks until the workload has ended and no process of the sandbox is left; fills the context's
/// report. Errors: CommandNotFound, CommandNotExecutable, ArgvTooLarge, InvalidSpec (a working
/// directory that cannot be entered), SecretBroker; SandboxFailed if the sandbox ended and nothing
/// is known of the workload; Host.
[[nodiscard]] CELLOS_DECL Result<ExitStatus> run_command(
    Cell& cell, Sandbox& sandbox, const RunContext& context
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/command_run.ipp>
#endif
