/// @file
/// The OCI `config.json` that runsc reads: the shape of a sandbox, and nothing of what will run in
/// it. That is in the request to the agent (<cellos/host/sandbox/agent/wire.hpp>), the first
/// process of every sandbox. Pure and portable: the same arguments give the same text on every
/// machine.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/parameters.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

namespace gvisor {

struct CellPlaces;
struct CellPlan;

/// Where the agent is seen in the sandbox. No mount of an operator can lie below /dev, and no
/// rootfs needs a place for it.
inline constexpr const char* agent_place = "/dev/cellos-agent";

/// The agent's user in the sandbox: never the cell's, who could signal and trace it.
[[nodiscard]] constexpr std::uint32_t agent_uid(CellUser user) noexcept {
    constexpr std::uint32_t other = 65532;
    return user.uid == 0 ? other : 0;
}

/// How a sandbox starts.
struct SandboxStart {
    std::filesystem::path agent{};      ///< on the host; absolute
    std::vector<std::string> prepare{}; ///< a command to run before the agent waits; empty: none
    bool takes_inputs = false;          ///< there is a place for input files
};

/// The complete `config.json` of a sandbox for cells of the shape of `plan` (shape_of()). No path
/// of the host comes from the document.
[[nodiscard]] CELLOS_DECL std::string bundle_config(
    const CellPlan& plan, const CellPlaces& places, const SandboxStart& start
);

} // namespace gvisor

/// The `config.json` of a sandbox for this document, as bundle_config() writes it. Fails with what
/// validate() says, or with Unsupported and one line for each thing that this backend cannot
/// enforce or do. What the document's artifacts have mounted is for `parameters` to say.
[[nodiscard]] CELLOS_DECL Result<std::string> generate_bundle_config(
    const ExecutionCellDocument& document,
    const GVisorConfig& config,
    const BundleParameters& parameters = {}
);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/bundle.ipp>
#endif
