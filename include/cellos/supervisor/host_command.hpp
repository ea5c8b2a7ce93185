#pragma once

#include <cellos/core/exit_status.hpp>
#include <cellos/core/fwd.hpp>
#include <cellos/core/result.hpp>

/// @file
/// Runs the workload as a plain process of this machine, for backends that declare `runs_on_host`.
/// It isolates nothing, but it does what a careful launcher can do:
///
///   - exactly the declared environment and the secrets, no descriptor above 2, a new session and
///     process group, default signal dispositions, no new privileges, no core dump;
///   - `argv[0]` is looked up in the declared `PATH`, never in this process's own;
///   - memory, the stack, open files and file size are limited by rlimits, for each process. The
///     number of processes and the processor's share are not: RLIMIT_NPROC counts every process of
///     the user, and a share needs a control group. Where the handle names one, the workload starts
///     in it;
///   - processor time is watched closely for the workload's first process with all its threads; its
///     children are each held to a second or two more (RLIMIT_CPU), and counted once they have
///     ended;
///   - at the deadline, or when stopped, SIGTERM goes to the whole process group, and SIGKILL on
///     every path, at once where it writes more than the document allows. Only a process that makes
///     a session of its own escapes it; to hold that one is what sandboxes are for;
///   - it ends with this process, should that be killed, but for what it started itself.

namespace cellos::inline CELLOS_ABI {

/// Whether `run_cell_command` is supported on this platform.
#ifdef __linux__
inline constexpr bool runs_host_commands = true;
#else
inline constexpr bool runs_host_commands = false;
#endif

/// Runs the workload of `context`, whose document must have one (`spec.run`), on this machine, and
/// waits for its end; `cell` names its control group, if any. Blocks the calling thread.
/// Thread-safe; each call needs its own context.
///
/// A workload that had to be ended is TimedOut or Cancelled; it gets `graceful_shutdown_seconds` of
/// the document's limits from SIGTERM to SIGKILL, 250 ms if they say nothing, but none after the
/// cell's deadline or the next stop: `stop` after a time-out, `stop_now` after a stop. One that
/// wrote too much is OutputLimitExceeded, one that used up its processor time CpuTimeExceeded, and
/// neither is asked first. The time-out counts from exec (RunContext::deadline_from).
///
/// Every end leaves a ResourceUsage in the report. Its peak of memory is empty where the workload
/// stayed below what this process itself held, since it began as a copy of that.
///
/// An error means that the workload never started, or that other code in this process reaped it:
/// CommandNotFound, CommandNotExecutable, SecretBroker for a secret that cannot be an environment
/// variable, InvalidSpec without a command, otherwise Host. Where `runs_host_commands` is false, it
/// is always Unsupported.
[[nodiscard]] CELLOS_DECL Result<ExitStatus> run_cell_command(
    const CellHandle& cell, const RunContext& context
);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/host_command.ipp>
#endif
