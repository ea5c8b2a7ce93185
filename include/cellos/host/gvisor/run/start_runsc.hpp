#pragma once

#include <cellos/core/cell_ref.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/runsc/process.hpp>

#include <array>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;
struct Runsc;

/// Starts `runsc run` for the cell's bundle with these standard streams (descriptors that stay the
/// caller's), in the cell's control group if it has one. `traced_as` identifies the cell to a
/// tracer. The error is Host.
[[nodiscard]] CELLOS_DECL Result<RunscProcess> start_runsc(
    Cell& cell, const Runsc& runsc, std::array<int, 3> stdio, const CellRef& traced_as
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/start_runsc.ipp>
#endif
