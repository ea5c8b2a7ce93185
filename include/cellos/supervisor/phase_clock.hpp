#pragma once

#include <cellos/core/report.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

namespace cellos::inline CELLOS_ABI::detail {

/// Times the phases of one cell. The clock is read once where a phase ends, which is where the next
/// one begins.
class PhaseClock {
public:
    using Clock = std::chrono::steady_clock;

    explicit PhaseClock(std::vector<PhaseTiming>& timings) : timings_{timings} {
        timings_.reserve(phase_count);
    }

    /// The last boundary between two phases.
    [[nodiscard]] Clock::time_point boundary() const noexcept { return boundary_; }

    /// `phase`, which began at the last boundary, ends here.
    void end(Phase phase) noexcept {
        const Clock::time_point now = Clock::now();
        timings_.push_back({phase, now - boundary_});
        boundary_ = now;
    }

private:
    static constexpr std::size_t phase_count = static_cast<std::size_t>(Phase::Destroyed) + 1;

    std::vector<PhaseTiming>& timings_;
    Clock::time_point boundary_ = Clock::now();
};

} // namespace cellos::inline CELLOS_ABI::detail
