#pragma once

#include <cellos/core/exit_status.hpp>
#include <cellos/core/fwd.hpp>
#include <cellos/core/result.hpp>

/// @file
/// The fallback for backends that say `runs_on_host`: the workload as a plain process of this
/// machine. It isolates nothing; it is what a careful launcher owes its caller all the same:
///
///   - exactly the declared environment and the secrets, no descriptor above 2, a session and
///     process group of its own, default signal dispositions, no new privileges, no core dump;
///   - `argv[0]` is looked up in the declared `PATH`, never in this process's own;
///   - memory, open files and file size are limited by rlimits, for each process. The number of
///     processes and the processor's share are not: RLIMIT_NPROC counts every process of the user,
///     and a share needs a control group. Where the handle names one, the workload starts in it;
///   - at the deadline, or when stopped, SIGTERM goes to the whole process group, and SIGKILL on
///     every path, at once where it writes more than the document allows. Only a process that makes
///     a session of its own escapes it; to hold that one is what sandboxes are for;
///   - it ends with this process, should that be killed, but for what it started itself.

namespace cellos::inline CELLOS_ABI {

/// Whether `run_cell_command` can do its work here.
#ifdef __linux__
inline constexpr bool runs_host_commands = true;
#else
inline constexpr bool runs_host_commands = false;
#endif

/// Runs the workload of `context`, whose document has one (`spec.run`), on this machine and waits
/// for its end; `cell` says which control group it belongs to, if any. Blocks the calling thread;
/// any number of threads may be here at once, each with a context of its own.
///
/// A workload that had to be ended is TimedOut or Cancelled, one that wrote too much was Signaled
/// by SIGKILL. It gets `graceful_shutdown_seconds` of the document's limits from SIGTERM to
/// SIGKILL, 250 ms if they say nothing.
///
/// An error means that the workload never started, or that somebody else in this process took its
/// exit status away: CommandNotFound, CommandNotExecutable, SecretBroker for a secret that no
/// environment variable can hold, else Host. Where `runs_host_commands` is false it always is
/// Unsupported.
[[nodiscard]] CELLOS_DECL Result<ExitStatus> run_cell_command(
    const CellHandle& cell, const RunContext& context
);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/host_command.ipp>
#endif
