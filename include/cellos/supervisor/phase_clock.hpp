#pragma once

#include <cellos/core/report.hpp>

#include <chrono>
#include <vector>

namespace cellos::inline CELLOS_ABI::detail {

/// Times the phases of one cell. The clock is read once where a phase ends, which is where the next
/// one begins.
class PhaseClock {
public:
    using Clock = std::chrono::steady_clock;

    /// Adds to `timings`, which must outlive this object. Allocates here and never again.
    CELLOS_DECL explicit PhaseClock(std::vector<PhaseTiming>& timings);

    /// The last boundary between two phases.
    [[nodiscard]] Clock::time_point boundary() const noexcept { return boundary_; }

    /// `phase`, which began at the last boundary, ends here.
    CELLOS_DECL void end(Phase phase) noexcept;

private:
    std::vector<PhaseTiming>& timings_;
    Clock::time_point boundary_ = Clock::now();
};

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/phase_clock.ipp>
#endif
