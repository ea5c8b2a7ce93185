#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/config.hpp>
#include <cellos/host/gvisor/run/warm_sandbox.hpp>
#include <cellos/host/prewarm/options.hpp>

namespace cellos::inline CELLOS_ABI::gvisor {

struct HostFacts;
struct Runsc;

/// Starts to boot a sandbox for cells of the shape of `plan`, and returns without waiting for it.
/// `host` must outlive it; `runsc` has the platform to use. Of `options` it takes the command that
/// prepares sandboxes. An error leaves nothing of it on the host.
[[nodiscard]] CELLOS_DECL Result<WarmSandbox> boot_warm(
    CellPlan plan,
    const HostFacts& host,
    const GVisorConfig& config,
    const Runsc& runsc,
    const PoolOptions& options,
    BootPace pace
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/boot_warm.ipp>
#endif
