#pragma once

#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/sandbox/agent/request.hpp>
#include <cellos/os/stdio.hpp>

#include <cstdint>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;

/// What the agent is asked to run: the command of the cell's plan, with the secrets of the context
/// and the streams of `stdio`. Both must outlive the request.
[[nodiscard]] CELLOS_DECL Result<sandbox::agent::Request> request_of(
    const Cell& cell, const RunContext& context, std::uint32_t id, const os::StdioBridge& stdio
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/exec.ipp>
#endif
