#pragma once

#include <cellos/supervisor/phase_clock.hpp>

#include <cstddef>
#include <utility>

namespace cellos::inline CELLOS_ABI::detail {

CELLOS_DECL PhaseClock::PhaseClock(std::vector<PhaseTiming>& timings) : timings_{timings} {
    timings_.reserve(static_cast<std::size_t>(Phase::Destroyed) + 1);
}

CELLOS_DECL void PhaseClock::end(Phase phase) noexcept {
    const Clock::time_point now = Clock::now();
    if (const auto parts = std::exchange(parts_, std::nullopt)) {
        timings_.push_back({Phase::Boot, parts->boot});
        timings_.push_back({Phase::HandOver, parts->hand_over});
        timings_.push_back({phase, parts->run});
    } else {
        timings_.push_back({phase, now - boundary_});
    }
    boundary_ = now;
}

} // namespace cellos::inline CELLOS_ABI::detail
