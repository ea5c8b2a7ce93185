#pragma once

#include <cellos/core/report.hpp>
#include <cellos/core/run_context.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace cellos::inline CELLOS_ABI::detail {

/// Times the phases of one cell. The clock is read once between two phases. Not thread-safe.
class PhaseClock {
public:
    using Clock = std::chrono::steady_clock;

    /// Appends to `timings`, which must outlive this object. Allocates here, and not later.
    CELLOS_DECL explicit PhaseClock(std::vector<PhaseTiming>& timings);

    /// The last boundary between two phases.
    [[nodiscard]] Clock::time_point boundary() const noexcept { return boundary_; }

    /// Of what the phase that now goes on consists: when it ends, these are told in its place.
    void split(const RunPhases& parts) noexcept { parts_ = parts; }

    /// `phase`, which began at the last boundary, ends here.
    CELLOS_DECL void end(Phase phase) noexcept;

private:
    std::optional<RunPhases> parts_{};
    std::vector<PhaseTiming>& timings_;
    Clock::time_point boundary_ = Clock::now();
};

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/phase_clock.ipp>
#endif
