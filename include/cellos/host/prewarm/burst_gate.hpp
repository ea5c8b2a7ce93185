#pragma once

#include <cellos/core/config.hpp>

#include <chrono>
#include <list>
#include <memory>

namespace cellos::inline CELLOS_ABI::prewarm {

/// Lets the cells of a burst start in turns. If all of them started at once, they would share the
/// processors and all end as late as the last one. So only as many start at once as there are
/// processors. A cell keeps its turn until it ends, but no longer than a short program takes.
/// Thread-safe.
class BurstGate {
public:
    CELLOS_DECL BurstGate();
    BurstGate(const BurstGate&) = delete;
    BurstGate& operator=(const BurstGate&) = delete;
    CELLOS_DECL ~BurstGate();

    /// A cell's turn to start; it ends with this object.
    class Turn {
    public:
        /// Waits for the turn, but no longer than start_of_a_cell and not beyond the deadline.
        /// `gate` must outlive it.
        CELLOS_DECL Turn(BurstGate& gate, std::chrono::steady_clock::time_point deadline);
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        CELLOS_DECL ~Turn();

    private:
        BurstGate& gate_;
        std::list<std::chrono::steady_clock::time_point>::iterator place_;
    };

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace cellos::inline CELLOS_ABI::prewarm

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/prewarm/burst_gate.ipp>
#endif
