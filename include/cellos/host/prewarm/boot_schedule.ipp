#pragma once

#include <cellos/host/prewarm/boot_schedule.hpp>
#include <cellos/host/prewarm/pace.hpp>

#include <algorithm>

namespace cellos::inline CELLOS_ABI::prewarm {

CELLOS_DECL BootSchedule::BootSchedule(const PoolOptions& options) noexcept
    : max_boots_{options.max_boots}, patience_{options.patience} {}

CELLOS_DECL void BootSchedule::cell_began(bool took) noexcept {
    ++cells_;
    if (took) taken_at_ = Clock::now();
}

CELLOS_DECL void BootSchedule::cell_ended() noexcept {
    --cells_;
}

CELLOS_DECL bool BootSchedule::a_cell_starts() const noexcept {
    return Clock::now() < taken_at_ + start_of_a_cell;
}

CELLOS_DECL BootSchedule::Clock::time_point BootSchedule::next_boot() noexcept {
    const auto now = Clock::now();
    if (booting_ >= max_boots_) return (Clock::time_point::max)();
    if (retry_at_ > now) return retry_at_;
    const auto started = taken_at_ + start_of_a_cell;
    const bool starts = cells_ > 0 && now < started;
    if (cells_ == 0 || cells_ + booting_ + (starts ? 1 : 0) < processors()) return now;
    if (!hungry_since_) hungry_since_ = now;
    const auto patient_until = *hungry_since_ + patience_;
    return starts ? (std::min)(started, patient_until) : patient_until;
}

CELLOS_DECL void BootSchedule::boot_began() noexcept {
    hungry_since_.reset();
    ++booting_;
}

CELLOS_DECL void BootSchedule::boot_succeeded() noexcept {
    --booting_;
    failures_in_a_row_ = 0;
}

CELLOS_DECL void BootSchedule::boot_failed() noexcept {
    --booting_;
    sandbox_died();
}

CELLOS_DECL void BootSchedule::sandbox_died() noexcept {
    constexpr std::chrono::milliseconds first{100};
    constexpr std::chrono::seconds longest{30};
    const auto delay = first * (1 << (std::min)(failures_in_a_row_++, 10U));
    retry_at_ = Clock::now() + std::min<Clock::duration>(delay, longest);
}

} // namespace cellos::inline CELLOS_ABI::prewarm
