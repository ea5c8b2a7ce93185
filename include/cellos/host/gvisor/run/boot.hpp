#pragma once

#include <cellos/core/cell_ref.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/cell/sandbox.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;
struct HostFacts;
struct Runsc;

/// What one boot differs in from another of the same cell.
struct BootOptions {
    std::vector<std::string> prepare{}; ///< a command to run before the agent waits; empty: none
    bool takes_inputs = false;          ///< a file system for input files is mounted
};

/// Starts to boot the cell's sandbox, in its control group if it has one, and returns without
/// waiting for it. `traced_as` identifies the cell to a tracer. The error is Host.
[[nodiscard]] CELLOS_DECL Result<Sandbox> boot_sandbox(
    Cell& cell,
    const HostFacts& host,
    const GVisorConfig& config,
    const Runsc& runsc,
    const BootOptions& options,
    const CellRef& traced_as
);

/// Whether a sandbox of this rootfs can have input files. The error (Host) says what to make.
[[nodiscard]] CELLOS_DECL Result<void> check_place_for_inputs(const GVisorConfig& config);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/boot.ipp>
#endif
