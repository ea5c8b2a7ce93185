#pragma once

#include <cellos/core/config.hpp>
#include <cellos/host/prewarm/options.hpp>

#include <chrono>
#include <cstddef>
#include <optional>

namespace cellos::inline CELLOS_ABI::prewarm {

/// Decides when the next sandbox of a pool may boot. Running cells come first, but must not starve
/// future ones (PoolOptions::patience); after repeated failures it retries less and less often. To
/// decide this, it counts boots and cells. Not thread-safe.
class BootSchedule {
public:
    using Clock = std::chrono::steady_clock;

    /// Uses `max_boots` and `patience` of the options.
    CELLOS_DECL explicit BootSchedule(const PoolOptions& options) noexcept;

    /// A cell begins; `took`: in a sandbox of the pool.
    CELLOS_DECL void cell_began(bool took) noexcept;
    CELLOS_DECL void cell_ended() noexcept;
    /// Whether a cell took a sandbox so recently that it is likely to need more than one processor.
    [[nodiscard]] CELLOS_DECL bool a_cell_starts() const noexcept;

    /// When the next boot may begin; `Clock::time_point::max()`: not before one of the other events
    /// here. Call it only while there is a sandbox to boot, since patience is measured from the
    /// first call that has to wait.
    [[nodiscard]] CELLOS_DECL Clock::time_point next_boot() noexcept;

    CELLOS_DECL void boot_began() noexcept;
    CELLOS_DECL void boot_succeeded() noexcept;
    CELLOS_DECL void boot_failed() noexcept;
    /// A booted sandbox has died; that counts as a failed boot.
    CELLOS_DECL void sandbox_died() noexcept;

    /// How many sandboxes are booting now.
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
