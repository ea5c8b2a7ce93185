#pragma once

#include <cellos/core/exit_status.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>

namespace cellos::inline v0 {
inline constexpr bool runs_host_commands = false;
[[nodiscard]] inline Result<ExitStatus> run_cell_command(const CellHandle&, const RunContext&) {
    return failure(CellosError::Kind::Unsupported, "commands do not run on this host");
}
} // namespace cellos::inline v0
