#pragma once

#include <cellos/core/config.hpp>

#include <chrono>
#include <list>
#include <memory>

namespace cellos::inline CELLOS_ABI::prewarm {

/// Lets the cells of a burst start by turns. Cells that all start at once share the processors, and
/// all end when the last of them could have; so they start one after the other, as many at once as
/// there are processors. Each has a head start for as long as its turn lasts, but no longer than a
/// short program takes. Thread-safe.
class BurstGate {
public:
    CELLOS_DECL BurstGate();
    BurstGate(const BurstGate&) = delete;
    BurstGate& operator=(const BurstGate&) = delete;
    CELLOS_DECL ~BurstGate();

    /// A cell's turn to start; it ends with this object.
    class Turn {
    public:
        /// Waits for it, but not longer than start_of_a_cell, and not beyond the deadline. `gate`
        /// must outlive it.
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
