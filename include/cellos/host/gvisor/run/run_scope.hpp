#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>

namespace cellos::inline CELLOS_ABI::gvisor {

/// Tells the cell that a run is under way, so that a tear-down waits for its end.
struct RunScope {
    explicit RunScope(Cell& of) : cell{of}, begun{of.begin_run()} {}
    RunScope(const RunScope&) = delete;
    RunScope& operator=(const RunScope&) = delete;
    ~RunScope() {
        if (begun) cell.end_run();
    }
    Cell& cell;
    Result<void> begun;
};

} // namespace cellos::inline CELLOS_ABI::gvisor
