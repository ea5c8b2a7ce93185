#pragma once

#include <cellos/core/config.hpp>
#include <cellos/host/prewarm/options.hpp>

#include <chrono>
#include <cstddef>
#include <optional>

namespace cellos::inline CELLOS_ABI::prewarm {

/// Decides when the next sandbox of a pool may boot. Cells that live come first, but must not
/// starve those to come (PoolOptions::patience), and what fails again and again is tried less and
/// less often. It counts the boots and the cells for that. Not thread-safe.
class BootSchedule {
public:
    using Clock = std::chrono::steady_clock;

    /// Of the options it takes `max_boots` and `patience`.
    CELLOS_DECL explicit BootSchedule(const PoolOptions& options) noexcept;

    /// A cell lives from now on, in a sandbox of the pool if it `took` one.
    CELLOS_DECL void cell_began(bool took) noexcept;
    CELLOS_DECL void cell_ended() noexcept;
    /// Whether a cell that took a sandbox is still likely to need more than one processor.
    [[nodiscard]] CELLOS_DECL bool a_cell_starts() const noexcept;

    /// When the next boot may begin; `max`: something else has to happen first. To be asked while
    /// there is something to boot, since patience runs from the first time that it has to wait.
    [[nodiscard]] CELLOS_DECL Clock::time_point next_boot() noexcept;

    CELLOS_DECL void boot_began() noexcept;
    CELLOS_DECL void boot_succeeded() noexcept;
    CELLOS_DECL void boot_failed() noexcept;
    /// A sandbox that had booted has died, which counts like a boot that fails.
    CELLOS_DECL void sandbox_died() noexcept;

    /// How many boot now.
    [[nodiscard]] std::size_t booting() const noexcept { return booting_; }

private:
    std::size_t max_boots_;
    std::chrono::milliseconds patience_;
    std::size_t booting_ = 0;
    std::size_t cells_ = 0;
    unsigned failures_in_a_row_ = 0;
    Clock::time_point retry_at_{};
    Clock::time_point taken_at_{};
    std::optional<Clock::time_point> hungry_since_;
};

} // namespace cellos::inline CELLOS_ABI::prewarm

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/prewarm/boot_schedule.ipp>
#endif
