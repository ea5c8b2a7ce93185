#pragma once

#include <cellos/core/result.hpp>
#include <cellos/core/span.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// The `runsc` binary: where it is, and what it knows. Asked once per backend object, before the
/// first cell.

namespace cellos::inline CELLOS_ABI::gvisor {

/// A runsc that answered.
struct Runsc {
    std::filesystem::path path{};
    std::string platform{};
    SpanFactory spans{};                        ///< for whoever calls it
    std::vector<std::string> known_platforms{}; ///< by this binary
};

/// What `runsc flags` lists for `-platform`: "specifies which platform to use: systrap (default),
/// kvm."
[[nodiscard]] CELLOS_DECL std::vector<std::string> platforms_listed(std::string_view flags);

/// The configured platform if this runsc knows it, else Unsupported; with none configured systrap,
/// else ptrace, else Host. kvm is never chosen by itself: where the device exists but the processor
/// can't, it hangs.
[[nodiscard]] CELLOS_DECL Result<std::string> choose_platform(
    const std::vector<std::string>& known, const std::string& configured
);

/// The environment of every call of runsc: nothing of the host program's own.
[[nodiscard]] CELLOS_DECL std::vector<std::string> runsc_environment();

/// Finds runsc and asks it what it knows; blocks for GVisorConfig::runsc_deadline at most. The
/// error says which package to install: Host, or what choose_platform() says.
[[nodiscard]] CELLOS_DECL Result<Runsc> find_runsc(const GVisorConfig& config);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/runsc/runsc.ipp>
#endif
