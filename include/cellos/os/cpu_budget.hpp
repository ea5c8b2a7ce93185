#pragma once

#include <cellos/core/config.hpp>
#include <cellos/os/wait.hpp>

#include <chrono>
#include <cstdint>

namespace cellos::inline CELLOS_ABI::os {

/// How many processors the calling thread, and what it starts, may run on; 1 at least. Thread-safe.
[[nodiscard]] CELLOS_DECL std::int64_t usable_processors() noexcept;

/// How much processor time may be used from now on, and when to look whether it has been: at the
/// earliest moment at which that is possible, with all processors busy. So there are few looks, and
/// the fewer the more is left. A plain value, which reads no clock and no counter: it is told both.
///
///     const CpuBudget budget{limit, *group.cpu_time(), usable_processors()};
///     for (auto used = …; !budget.is_spent(used); used = group.cpu_time().value_or(used))
///         pump_until(…, budget.next_look(used, Clock::now()));
class CpuBudget {
public:
    /// The least time between two looks: what may be used beyond the budget is that much on each
    /// processor, and what the counter is behind.
    static constexpr std::chrono::milliseconds shortest_wait{5};

    /// `used` is what the counter says at the start; `processors` is not 0.
    constexpr CpuBudget(
        std::chrono::nanoseconds budget, std::chrono::nanoseconds used, std::int64_t processors
    ) noexcept
        : end_{budget < (std::chrono::nanoseconds::max)() - used ? used + budget : (std::chrono::nanoseconds::max)()},
          processors_{processors} {}

    /// `used` is what the counter says now, as below.
    [[nodiscard]] constexpr bool is_spent(std::chrono::nanoseconds used) const noexcept {
        return used >= end_;
    }

    /// When to look next. Clock::time_point::max() if that is beyond what the clock can tell.
    [[nodiscard]] constexpr Clock::time_point next_look(
        std::chrono::nanoseconds used, Clock::time_point now
    ) const noexcept {
        auto wait = (end_ - used) / processors_;
        if (wait < shortest_wait) wait = shortest_wait;
        return wait < (Clock::time_point::max)() - now ? now + wait : (Clock::time_point::max)();
    }

private:
    std::chrono::nanoseconds end_; ///< what the counter says when the budget has been used up
    std::int64_t processors_;
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/cpu_budget.ipp>
#endif
