#pragma once

#include <cellos/core/exit_status.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>

#include <optional>
#include <string>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;
struct Runsc;

/// Runs the command in the cell's waiting sandbox, and blocks until it has ended. Empty: there is
/// no such sandbox, or the run cannot be handed over to it. In the second case `cold` holds the
/// reason, the sandbox has been removed, and the cell is ready for a cold run.
[[nodiscard]] CELLOS_DECL std::optional<Result<ExitStatus>> run_warm(
    Cell& cell, const Runsc& runsc, const RunContext& context, std::optional<std::string>& cold
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/run_warm.ipp>
#endif
