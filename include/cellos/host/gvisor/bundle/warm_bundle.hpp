/// @file
/// The bundle of a sandbox that is booted before its command is known. Pure: nothing here looks at
/// the host.
#pragma once

#include <cellos/host/gvisor/bundle/places.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/prewarm/options.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI::gvisor {

/// The path of the launcher in the sandbox. Below /dev it cannot collide with an operator's mount,
/// and a rootfs needs no mount point for it.
inline constexpr const char* launcher_place = "/dev/cellos-launcher";

/// How a sandbox is prepared before it waits.
struct WarmParameters {
    std::filesystem::path launcher{};   ///< on the host; absolute
    std::vector<std::string> prepare{}; ///< a command to run once
    BootPace pace{};                    ///< without a command: Thorough runs `true`, if it exists
    bool takes_inputs = false;          ///< it has a directory for input files
};

/// The `config.json` of a sandbox for cells of the shape of `plan`.
[[nodiscard]] CELLOS_DECL std::string generate_warm_config(
    const CellPlan& plan, const CellPlaces& places, const WarmParameters& warm
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/warm_bundle.ipp>
#endif
