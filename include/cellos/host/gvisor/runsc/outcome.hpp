/// @file
/// Finds out from the end of an attached `runsc run` how the workload ended. Pure: texts in, a
/// status or an error out.
///
/// The exit code alone is ambiguous: 128 can come from the workload or from any failure of runsc, 2
/// can also be a panic of the sentry (gVisor's kernel), and 137 is `exit 137` or SIGKILL. Three
/// texts distinguish them (runsc 2022 and 2024):
///   * the log (`--log-fd --log-format=json`) stays empty unless runsc fails;
///   * the panic log (`--panic-log`) has a line that begins like a crash of a Go program exactly
///     when the sentry crashes; it may have other lines, such as warnings about what the workload
///     tried;
///   * the debug log of `run` itself (`--debug-log --debug-command=run`, without `--debug`) ends
///     with "Exiting with status: W" exactly when runsc knows how the container ended; W is the
///     wait status of wait(2), which distinguishes an exit from a signal. Without that line it is
///     unknown how the workload ended.
#pragma once

#include <cellos/core/exit_status.hpp>
#include <cellos/core/result.hpp>

#include <string_view>

namespace cellos::inline CELLOS_ABI::gvisor {

/// What a `runsc run` that has ended leaves to judge by.
struct RunscEnd {
    bool signaled = false; ///< runsc itself died of a signal
    int value = 0;         ///< that signal, or runsc's exit code
    std::string_view log{};
    std::string_view panic_log{};
    std::string_view debug_log{};
    std::string_view program{}; ///< the `argv[0]` of the workload
};

/// Converts a status as in wait(2): the signal in the low seven bits, otherwise the code in the
/// second byte.
[[nodiscard]] CELLOS_DECL ExitStatus exit_status_of(unsigned wait_status);

/// How the workload ended, if runsc ran it to its end. Otherwise CommandNotFound or
/// CommandNotExecutable with the name of the program, or SandboxFailed with runsc's text. No
/// message contains the value of an environment variable.
[[nodiscard]] CELLOS_DECL Result<ExitStatus> classify_runsc_end(const RunscEnd& end);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/runsc/outcome.ipp>
#endif
