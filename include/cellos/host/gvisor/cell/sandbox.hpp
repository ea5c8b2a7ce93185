#pragma once

#include <cellos/host/gvisor/runsc/process.hpp>
#include <cellos/host/sandbox/agent/channel.hpp>

namespace cellos::inline CELLOS_ABI::gvisor {

/// A sandbox that boots, or that waits for a command. Owns the `runsc run`, which ends with it, and
/// this side of the channel to its agent.
struct Sandbox {
    RunscProcess runsc{};
    sandbox::agent::Channel channel{};
    bool is_ready = false; ///< the agent has said so

    [[nodiscard]] CELLOS_DECL bool is_alive() const noexcept;
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/cell/sandbox.ipp>
#endif
