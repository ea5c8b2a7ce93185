#pragma once

#include <cellos/core/result.hpp>

#include <filesystem>

namespace cellos::inline CELLOS_ABI::gvisor {

/// Finds the launcher, the first process of sandboxes that are booted ahead: `configured`
/// (GVisorConfig::launcher), or if that is empty `cellos-launcher` beside the running program,
/// where the build puts it, or on the PATH. The result is absolute. Fails (Host) if there is none;
/// the error says what to install.
[[nodiscard]] CELLOS_DECL Result<std::filesystem::path> find_launcher(
    const std::filesystem::path& configured
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/find_launcher.ipp>
#endif
