/// @file
/// How an attached `runsc run` ended, and what that says of the workload. Pure: texts in, a status
/// or an error out.
///
/// The exit code alone is ambiguous: 128 is a workload's own and every failure of runsc's, 2 is
/// also a panic of its sentry, 137 is `exit 137` and SIGKILL. Three texts tell them apart (runsc
/// 2022 and 2024):
///   * the log (`--log-fd --log-format=json`) stays empty unless runsc fails;
///   * the panic log (`--panic-log`) has a line that begins like a crash of a Go program exactly
///     when the sentry dies of itself; it may hold other lines, such as warnings about what the
///     workload tried;
///   * the debug log of `run` itself (`--debug-log --debug-command=run`, without `--debug`) ends
///     with "Exiting with status: W" exactly when runsc knows how the container ended; W is the
///     wait status of wait(2), where an exit and a signal differ. Without that line nothing is
///     known of the workload.
#pragma once

#include <cellos/core/exit_status.hpp>
#include <cellos/core/result.hpp>

#include <string_view>

namespace cellos::inline CELLOS_ABI::gvisor {

/// What is left of a `runsc run` that has ended.
struct RunscEnd {
    bool signaled = false; ///< runsc itself died of a signal
    int value = 0;         ///< that signal, or runsc's exit code
    std::string_view log{};
    std::string_view panic_log{};
    std::string_view debug_log{};
    std::string_view program{}; ///< the `argv[0]` of the workload
};

/// A status as wait(2) gives it: the signal in the low seven bits, else the code in the second
/// byte.
[[nodiscard]] CELLOS_DECL ExitStatus exit_status_of(unsigned wait_status);

/// The workload's end, when runsc ran it to one. Else CommandNotFound or CommandNotExecutable with
/// the name of the program, or SandboxFailed with the text of runsc. No message holds a value of
/// the environment.
[[nodiscard]] CELLOS_DECL Result<ExitStatus> classify_runsc_end(const RunscEnd& end);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/runsc/outcome.ipp>
#endif
