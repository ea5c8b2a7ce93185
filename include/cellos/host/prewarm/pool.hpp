#pragma once

#include <cellos/core/boot.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/prewarm/concepts.hpp>
#include <cellos/host/prewarm/options.hpp>
#include <cellos/os/wait.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <iterator>
#include <list>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>

namespace cellos::inline CELLOS_ABI {

/// Keeps sandboxes booted, by a thread of its own that does nothing else. It sleeps until one is
/// taken, dies, gets too old or has booted. Thread-safe. The destructor ends and removes what
/// waits.
template <Prewarmable Backend>
class SparePool {
public:
    using Spare = typename Backend::Spare;

    /// `backend` must outlive the pool.
    SparePool(Backend& backend, PoolOptions options)
        : backend_{backend}, options_{std::move(options)} {
        if (options_.like.empty()) {
            auto& like = options_.like.emplace_back();
            like.spec.run.emplace().argv = {"true"};
        }
        for (ExecutionCellDocument& like : options_.like) {
            // What only a real document has to say.
            like.api_version = "cellos.io/v1";
            like.kind = "ExecutionCell";
            like.spec.id = "spare";
            like.spec.lifetime.ttl_seconds = 1;
            shelves_.push_back({.like = std::move(like)});
        }
        auto wake = os::make_event();
        auto alarm = os::make_timer();
        for (auto* each : {&wake, &alarm}) {
            if (*each) continue;
            last_error_ = std::move(*each).error();
            return;
        }
        wake_ = *std::move(wake);
        alarm_ = *std::move(alarm);
        keeper_ = std::jthread{[this](const std::stop_token& stop) { tend(stop); }};
    }
    SparePool(const SparePool&) = delete;
    SparePool& operator=(const SparePool&) = delete;
    ~SparePool() = default;

    /// A sandbox of this shape that is alive and waits, for a cell that lives until cell_ended();
    /// nothing if there is none, and `why` says so.
    [[nodiscard]] std::optional<Spare> take(const std::string& shape, std::string& why) {
        std::vector<Spare> dead; // which end after the lock is released
        const std::lock_guard lock{mutex_};
        const auto shelf = std::ranges::find(shelves_, shape, &Shelf::shape);
        if (shelf == shelves_.end()) {
            const bool all_known = std::ranges::all_of(shelves_, [](const Shelf& each) {
                return each.shape.has_value();
            });
            why = all_known
                      ? "the pool keeps no sandboxes for documents like it (PoolOptions::like)"
                      : "no sandbox was ready";
            return std::nullopt;
        }
        while (!shelf->waiting.empty()) {
            Spare spare = std::move(shelf->waiting.front().spare);
            shelf->waiting.pop_front();
            auto ready = spare.is_ready();
            if (ready) {
                ++cells_;
                taken_at_ = os::Clock::now();
                wake_later();
                return spare;
            }
            last_error_ = std::move(ready).error();
            ++retired_;
            dead.push_back(std::move(spare));
        }
        shelf->ran_dry = true;
        why = "no sandbox was ready";
        if (last_error_) why += ": " + last_error_->message;
        return std::nullopt;
    }

    /// Takes back what take() gave, and what is still as it was.
    void give_back(const std::string& shape, Spare spare) {
        const std::lock_guard lock{mutex_};
        --cells_;
        const auto shelf = std::ranges::find(shelves_, shape, &Shelf::shape);
        shelf->waiting.push_front({std::move(spare), os::Clock::now()});
    }

    /// Of a cell that took none. While cells live, boots have to wait for them.
    void cell_began() {
        const std::lock_guard lock{mutex_};
        ++cells_;
    }
    void cell_ended() {
        const std::lock_guard lock{mutex_};
        --cells_;
        // Else the alarm is set, and a thread that wakes now would take the processor away from the
        // one that has a result to return.
        if (os::Clock::now() >= taken_at_ + start_of_a_cell) wake();
    }

    /// A cell's turn to start. Cells of a burst that all start at once share the processors, and
    /// all end when the last of them could have; so they start one after the other, as many at once
    /// as there are processors. Each has a head start for as long as the turn lasts, but no longer
    /// than a short program takes.
    class Turn {
    public:
        /// Waits for it, but not for long, and not beyond the deadline. `pool` must outlive it.
        Turn(SparePool& pool, os::Clock::time_point deadline)
            : pool_{pool}, place_{pool.await_turn(deadline)} {}
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() { pool_.end_turn(place_); }

    private:
        SparePool& pool_;
        std::list<os::Clock::time_point>::iterator place_;
    };

    void count_run(Boot::Kind kind) {
        const std::lock_guard lock{mutex_};
        ++(kind == Boot::Kind::Warm ? warm_starts_ : cold_starts_);
    }

    [[nodiscard]] PoolStats stats() const {
        const std::lock_guard lock{mutex_};
        PoolStats stats{
            .booting = booting_,
            .warm_starts = warm_starts_,
            .cold_starts = cold_starts_,
            .boots = boots_,
            .retired = retired_,
            .last_error = last_error_};
        std::uint64_t bytes = 0;
        for (const Shelf& shelf : shelves_) {
            stats.ready += shelf.waiting.size();
            for (const Waiting& each : shelf.waiting)
                bytes += each.spare.memory_bytes().value_or(0);
        }
        if (bytes > 0) stats.idle_memory_bytes = bytes / stats.ready;
        return stats;
    }

    /// Blocks until all that is to wait waits. The error is that of a boot that failed meanwhile;
    /// Cancelled: the stop token or the deadline came first.
    [[nodiscard]] Result<void> wait_until_full(
        const std::stop_token& stop, os::Clock::time_point deadline
    ) {
        std::unique_lock lock{mutex_};
        const auto failures = failures_;
        const auto full = [&] {
            return std::ranges::all_of(shelves_, [&](const Shelf& shelf) {
                return shelf.waiting.size() >= options_.size;
            });
        };
        const bool settled = changed_.wait_until(lock, stop, deadline, [&] {
            return full() || failures_ != failures || !keeper_.joinable();
        });
        if (full()) return {};
        if (settled && last_error_) return failure(*last_error_);
        return failure(CellosError::Kind::Cancelled, "the pool is not full yet");
    }

private:
    struct Waiting {
        Spare spare;
        os::Clock::time_point since{};
    };
    struct Booting {
        Spare spare;
        std::size_t shelf = 0;
        os::Clock::time_point deadline{};
    };
    struct Shelf {
        ExecutionCellDocument like{};
        std::optional<std::string> shape{}; ///< once the backend could tell
        std::deque<Waiting> waiting{};
        std::size_t booting = 0;
        bool ran_dry = false; ///< and has not been full since
    };

    /// For so long the program that a sandbox was taken for is likely to have more than one
    /// processor's worth to do: its own processes, and those of the sandbox.
    static constexpr std::chrono::milliseconds start_of_a_cell{50};

    /// What a short program takes, from its hand-over to its end.
    static constexpr std::chrono::milliseconds head_start{20};

    [[nodiscard]] static std::size_t processors() noexcept {
        return std::max(1U, std::thread::hardware_concurrency());
    }

    [[nodiscard]] std::list<os::Clock::time_point>::iterator await_turn(
        os::Clock::time_point deadline
    ) {
        std::unique_lock lock{mutex_};
        auto now = os::Clock::now();
        const auto patient_until = std::min(now + start_of_a_cell, deadline);
        for (; now < patient_until; now = os::Clock::now()) {
            // They stand in the order of their starts.
            const auto ahead = std::ranges::find_if(starts_, [&](os::Clock::time_point start) {
                return now < start + head_start;
            });
            if (static_cast<std::size_t>(std::distance(ahead, starts_.end())) < processors()) break;
            next_turn_.wait_until(lock, std::min(patient_until, *ahead + head_start));
        }
        return starts_.insert(starts_.end(), now);
    }
    void end_turn(std::list<os::Clock::time_point>::iterator place) {
        const std::lock_guard lock{mutex_};
        starts_.erase(place);
        next_turn_.notify_one();
    }

    void wake() const noexcept { os::Raise{wake_.get()}(); }

    /// When the cell that has just taken a sandbox is on its way.
    void wake_later() const noexcept {
        if (!os::is_set(alarm_.get())) os::set_timer(alarm_.get(), start_of_a_cell);
    }

    void tend(const std::stop_token& stop) {
        const std::stop_callback wake_up{stop, os::Raise{wake_.get()}};
        std::vector<Booting> boots;
        while (!stop.stop_requested()) {
            retire();
            const auto next = start_boots(boots);
            wait(boots, next);
            settle(boots);
        }
    }

    /// Takes out what has died, or got too old.
    void retire() {
        std::vector<Spare> gone; // which end after the lock is released
        const std::lock_guard lock{mutex_};
        const auto now = os::Clock::now();
        for (Shelf& shelf : shelves_) {
            for (auto each = shelf.waiting.begin(); each != shelf.waiting.end();) {
                auto ready = each->spare.is_ready();
                if (ready && now - each->since < options_.max_idle) {
                    ++each;
                    continue;
                }
                if (!ready) note_failure(std::move(ready).error());
                ++retired_;
                gone.push_back(std::move(each->spare));
                each = shelf.waiting.erase(each);
            }
        }
    }

    /// Starts what is missing and may be started. Returns when to look again at the latest.
    os::Clock::time_point start_boots(std::vector<Booting>& boots) {
        auto next = os::Clock::time_point::max();
        for (std::size_t number = 0; number < shelves_.size(); ++number) {
            Shelf& shelf = shelves_[number];
            for (;;) {
                {
                    const std::lock_guard lock{mutex_};
                    if (shelf.waiting.size() + shelf.booting >= options_.size) break;
                    const auto when = may_boot();
                    next = std::min(next, when);
                    if (when > os::Clock::now()) break;
                    hungry_since_.reset();
                    ++shelf.booting;
                    ++booting_;
                }
                auto spare = boot(shelf);
                if (spare) {
                    boots.push_back(
                        {*std::move(spare), number, os::Clock::now() + options_.boot_deadline}
                    );
                    continue;
                }
                end_boot(shelf, std::move(spare).error());
            }
        }
        return next;
    }

    /// When the next boot may begin; `max`: something else has to happen first.
    [[nodiscard]] os::Clock::time_point may_boot() {
        const auto now = os::Clock::now();
        if (booting_ >= options_.max_boots) return os::Clock::time_point::max();
        if (retry_at_ > now) return retry_at_;
        const auto started = taken_at_ + start_of_a_cell;
        const bool starts = cells_ > 0 && now < started;
        if (cells_ == 0 || cells_ + booting_ + (starts ? 1 : 0) < processors()) return now;
        if (!hungry_since_) hungry_since_ = now;
        const auto patient_until = *hungry_since_ + options_.patience;
        return starts ? std::min(started, patient_until) : patient_until;
    }

    [[nodiscard]] Result<Spare> boot(Shelf& shelf) {
        auto shape = backend_.shape_of(shelf.like);
        if (!shape) return failure_of(shape);
        BootPace pace{};
        {
            const std::lock_guard lock{mutex_};
            shelf.shape = *std::move(shape);
            pace = shelf.ran_dry ? BootPace::Hasty : BootPace::Thorough;
        }
        return backend_.boot_spare(shelf.like, options_, pace);
    }

    void wait(const std::vector<Booting>& boots, os::Clock::time_point next) {
        std::vector<pollfd> waited{{wake_.get(), POLLIN, 0}, {alarm_.get(), POLLIN, 0}};
        const auto watch = [&](const Spare& spare) {
            std::ranges::copy(spare.waited(), std::back_inserter(waited));
        };
        for (const Booting& each : boots) {
            watch(each.spare);
            next = std::min(next, each.deadline);
        }
        {
            const std::lock_guard lock{mutex_};
            for (const Shelf& shelf : shelves_) {
                for (const Waiting& each : shelf.waiting) {
                    watch(each.spare);
                    next = std::min(next, each.since + options_.max_idle);
                }
            }
        }
        // A descriptor that was taken meanwhile can only cause one more turn.
        ::poll(waited.data(), waited.size(), os::poll_timeout(next));
        for (const auto* told : {&wake_, &alarm_}) os::lower(told->get());
    }

    /// Puts on its shelf what has booted, and drops what never will.
    void settle(std::vector<Booting>& boots) {
        for (auto each = boots.begin(); each != boots.end();) {
            auto ready = each->spare.is_ready();
            if (ready && !*ready && os::Clock::now() >= each->deadline) {
                ready = failure(
                    CellosError::Kind::SandboxFailed, "a sandbox did not boot before its deadline"
                );
            }
            if (ready && !*ready) {
                ++each;
                continue;
            }
            Shelf& shelf = shelves_[each->shelf];
            if (ready) {
                const std::lock_guard lock{mutex_};
                shelf.waiting.push_back({std::move(each->spare), os::Clock::now()});
                if (shelf.waiting.size() >= options_.size) shelf.ran_dry = false;
                --shelf.booting;
                --booting_;
                ++boots_;
                in_a_row_ = 0;
            } else {
                end_boot(shelf, std::move(ready).error());
            }
            each = boots.erase(each);
        }
        changed_.notify_all();
    }

    void end_boot(Shelf& shelf, CellosError error) {
        const std::lock_guard lock{mutex_};
        --shelf.booting;
        --booting_;
        note_failure(std::move(error));
        changed_.notify_all();
    }

    /// What fails again and again is tried less and less often.
    void note_failure(CellosError error) {
        constexpr std::chrono::milliseconds first{100};
        constexpr std::chrono::seconds longest{30};
        last_error_ = std::move(error);
        ++failures_;
        const auto delay = first * (1 << std::min(in_a_row_++, 10U));
        retry_at_ = os::Clock::now() + std::min<os::Clock::duration>(delay, longest);
    }

    Backend& backend_;
    PoolOptions options_;
    os::Descriptor wake_;
    os::Descriptor alarm_; ///< a timer

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::condition_variable next_turn_;
    std::list<os::Clock::time_point> starts_; ///< of the cells that have their turn
    std::deque<Shelf> shelves_;               // as many as ever; what is in them is guarded
    std::size_t booting_ = 0;
    std::size_t cells_ = 0;
    std::uint64_t warm_starts_ = 0;
    std::uint64_t cold_starts_ = 0;
    std::uint64_t boots_ = 0;
    std::uint64_t retired_ = 0;
    std::uint64_t failures_ = 0;
    unsigned in_a_row_ = 0;
    std::optional<CellosError> last_error_;
    os::Clock::time_point retry_at_{};
    os::Clock::time_point taken_at_{};
    std::optional<os::Clock::time_point> hungry_since_;

    std::jthread keeper_; // the last one: it is stopped before anything that it uses goes
};

} // namespace cellos::inline CELLOS_ABI
