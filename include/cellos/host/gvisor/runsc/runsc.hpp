#pragma once

#include <cellos/core/result.hpp>
#include <cellos/core/span.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// The `runsc` binary: where it is, and which platforms it has. Found once per backend object,
/// before the first cell.

namespace cellos::inline CELLOS_ABI::gvisor {

/// A runsc binary that works.
struct Runsc {
    std::filesystem::path path{};
    std::string platform{};
    SpanFactory spans{};                        ///< traces calls of it
    std::vector<std::string> known_platforms{}; ///< by this binary
};

/// What `runsc flags` lists for `-platform`: "specifies which platform to use: systrap (default),
/// kvm."
[[nodiscard]] CELLOS_DECL std::vector<std::string> platforms_listed(std::string_view flags);

/// The configured platform if this runsc has it, otherwise Unsupported. If none is configured:
/// systrap, or else ptrace, or else the error Host. kvm is never chosen by default: it hangs if the
/// device exists but the processor cannot virtualise.
[[nodiscard]] CELLOS_DECL Result<std::string> choose_platform(
    const std::vector<std::string>& known, const std::string& configured
);

/// The environment of every call of runsc, without the host program's variables.
[[nodiscard]] CELLOS_DECL std::vector<std::string> runsc_environment();

/// Finds runsc and asks for its platforms; blocks for at most GVisorConfig::runsc_deadline. The
/// errors are Host, which says which package to install, and those of choose_platform().
/// Thread-safe.
[[nodiscard]] CELLOS_DECL Result<Runsc> find_runsc(const GVisorConfig& config);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/runsc/runsc.ipp>
#endif
