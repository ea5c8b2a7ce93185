/// @file
/// Why a sandbox ended that should not have. How a workload ended is the agent's to say; an end of
/// `runsc run` before that word is a failure of the sandbox. Pure: texts in, an error out.
///
/// runsc's exit code alone says little. Two texts say more (runsc 2022 and 2024):
///   * the log (`--log-fd --log-format=json`) stays empty unless runsc fails;
///   * the panic log (`--panic-log`) has a line that begins like a crash of a Go program exactly
///     when the sentry itself crashed; it may hold other lines, such as warnings about what the
///     workload tried.
#pragma once

#include <cellos/core/error.hpp>

#include <string_view>

namespace cellos::inline CELLOS_ABI::gvisor {

/// What remains of a `runsc run` that has ended.
struct RunscEnd {
    bool signaled = false; ///< a signal ended runsc itself
    int value = 0;         ///< that signal, or runsc's exit code
    std::string_view log{};
    std::string_view panic_log{};
};

/// A SandboxFailed with runsc's own words, one line and bounded. No message holds a value of the
/// environment.
[[nodiscard]] CELLOS_DECL CellosError cause_of_death(const RunscEnd& end);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/runsc/outcome.ipp>
#endif
