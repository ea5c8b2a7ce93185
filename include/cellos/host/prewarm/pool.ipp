#pragma once

#include <cellos/core/document.hpp>
#include <cellos/host/prewarm/boot_schedule.hpp>
#include <cellos/host/prewarm/pace.hpp>
#include <cellos/host/prewarm/pool.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::prewarm {

namespace detail {

struct WaitingSince {
    std::unique_ptr<PooledSandbox> sandbox;
    os::Clock::time_point since{};
};

struct Booting {
    std::unique_ptr<PooledSandbox> sandbox;
    std::size_t shelf = 0;
    os::Clock::time_point deadline{};
};

// The sandboxes of one shape.
struct Shelf {
    ExecutionCellDocument like{};
    std::optional<std::string> shape{}; // once the backend could tell
    std::deque<WaitingSince> waiting{};
    std::size_t booting = 0;
    bool ran_dry = false; // and has not been full since
};

[[nodiscard]] inline std::deque<Shelf> make_shelves(std::vector<ExecutionCellDocument> likes) {
    if (likes.empty()) likes.emplace_back().spec.run.emplace().argv = {"true"};
    std::deque<Shelf> shelves;
    for (ExecutionCellDocument& like : likes) {
        // What only a real document has to say.
        like.api_version = "cellos.io/v1";
        like.kind = "ExecutionCell";
        like.spec.id = "warm-sandbox";
        like.spec.lifetime.ttl_seconds = 1;
        shelves.push_back({.like = std::move(like)});
    }
    return shelves;
}

} // namespace detail

struct WarmPool::State {
    using WaitingSince = detail::WaitingSince;
    using Booting = detail::Booting;
    using Shelf = detail::Shelf;

    State(SandboxSource& from, PoolOptions chosen)
        : source{from},
          options{std::move(chosen)},
          schedule{options},
          shelves{detail::make_shelves(std::move(options.like))} {
        auto made_wake = os::make_event();
        auto made_alarm = os::make_timer();
        for (auto* each : {&made_wake, &made_alarm}) {
            if (*each) continue;
            last_error = std::move(*each).error();
            return;
        }
        wake = *std::move(made_wake);
        alarm = *std::move(made_alarm);
        keeper = std::jthread{[this](const std::stop_token& stop) { tend(stop); }};
    }

    [[nodiscard]] std::deque<Shelf>::iterator shelf_of(const std::string& shape) {
        return std::find_if(shelves.begin(), shelves.end(), [&](const Shelf& shelf) {
            return shelf.shape == shape;
        });
    }

    [[nodiscard]] bool full() const {
        return std::all_of(shelves.begin(), shelves.end(), [&](const Shelf& shelf) {
            return shelf.waiting.size() >= options.size;
        });
    }

    void wake_keeper() const noexcept { os::Raise{wake.get()}(); }

    // When the cell that has just taken a sandbox is on its way.
    void wake_keeper_later() const noexcept {
        if (!os::is_set(alarm.get())) os::set_timer(alarm.get(), start_of_a_cell);
    }

    // --- The keeper's -----------------------------------------------------------------------

    void tend(const std::stop_token& stop) {
        const std::stop_callback wake_up{stop, os::Raise{wake.get()}};
        std::vector<Booting> boots;
        while (!stop.stop_requested()) {
            retire();
            const auto next = start_boots(boots);
            wait(boots, next);
            settle(boots);
        }
    }

    // Takes out what has died, or got too old.
    void retire() {
        std::vector<std::unique_ptr<PooledSandbox>> gone; // which end after the lock is released
        const std::lock_guard lock{mutex};
        const auto now = os::Clock::now();
        for (Shelf& shelf : shelves) {
            for (auto each = shelf.waiting.begin(); each != shelf.waiting.end();) {
                auto ready = each->sandbox->is_ready();
                if (ready && now - each->since < options.max_idle) {
                    ++each;
                    continue;
                }
                if (!ready) {
                    schedule.sandbox_died();
                    note_failure(std::move(ready).error());
                }
                ++retired;
                gone.push_back(std::move(each->sandbox));
                each = shelf.waiting.erase(each);
            }
        }
    }

    // Starts what is missing and may be started. Returns when to look again at the latest.
    os::Clock::time_point start_boots(std::vector<Booting>& boots) {
        auto next = (os::Clock::time_point::max)();
        for (std::size_t number = 0; number < shelves.size(); ++number) {
            Shelf& shelf = shelves[number];
            for (;;) {
                {
                    const std::lock_guard lock{mutex};
                    if (shelf.waiting.size() + shelf.booting >= options.size) break;
                    const auto when = schedule.next_boot();
                    next = (std::min)(next, when);
                    if (when > os::Clock::now()) break;
                    schedule.boot_began();
                    ++shelf.booting;
                }
                auto sandbox = boot(shelf);
                if (sandbox) {
                    boots.push_back(
                        {*std::move(sandbox), number, os::Clock::now() + options.boot_deadline}
                    );
                    continue;
                }
                fail_boot(shelf, std::move(sandbox).error());
            }
        }
        return next;
    }

    [[nodiscard]] Result<std::unique_ptr<PooledSandbox>> boot(Shelf& shelf) {
        auto shape = source.shape_of(shelf.like);
        if (!shape) return failure_of(shape);
        BootPace pace{};
        {
            const std::lock_guard lock{mutex};
            shelf.shape = *std::move(shape);
            pace = shelf.ran_dry ? BootPace::Hasty : BootPace::Thorough;
        }
        return source.boot(shelf.like, options, pace);
    }

    void wait(const std::vector<Booting>& boots, os::Clock::time_point next) {
        std::vector<pollfd> waited{{wake.get(), POLLIN, 0}, {alarm.get(), POLLIN, 0}};
        for (const Booting& each : boots) {
            each.sandbox->append_waited(waited);
            next = (std::min)(next, each.deadline);
        }
        {
            const std::lock_guard lock{mutex};
            for (const Shelf& shelf : shelves) {
                for (const WaitingSince& each : shelf.waiting) {
                    each.sandbox->append_waited(waited);
                    next = (std::min)(next, each.since + options.max_idle);
                }
            }
        }
        // A descriptor that was taken meanwhile can only cause one more turn.
        ::poll(waited.data(), waited.size(), os::poll_timeout(next));
        for (const auto* told : {&wake, &alarm}) os::lower(told->get());
    }

    // Puts on its shelf what has booted, and drops what never will.
    void settle(std::vector<Booting>& boots) {
        for (auto each = boots.begin(); each != boots.end();) {
            auto ready = each->sandbox->is_ready();
            if (ready && !*ready && os::Clock::now() >= each->deadline) {
                ready = failure(
                    CellosError::Kind::SandboxFailed, "a sandbox did not boot before its deadline"
                );
            }
            if (ready && !*ready) {
                ++each;
                continue;
            }
            Shelf& shelf = shelves[each->shelf];
            if (ready) {
                const std::lock_guard lock{mutex};
                shelf.waiting.push_back({std::move(each->sandbox), os::Clock::now()});
                if (shelf.waiting.size() >= options.size) shelf.ran_dry = false;
                --shelf.booting;
                schedule.boot_succeeded();
                ++booted;
            } else {
                fail_boot(shelf, std::move(ready).error());
            }
            each = boots.erase(each);
        }
        changed.notify_all();
    }

    void fail_boot(Shelf& shelf, CellosError error) {
        const std::lock_guard lock{mutex};
        --shelf.booting;
        schedule.boot_failed();
        note_failure(std::move(error));
        changed.notify_all();
    }

    void note_failure(CellosError error) {
        last_error = std::move(error);
        ++failures;
    }

    SandboxSource& source;
    PoolOptions options;
    os::Descriptor wake;
    os::Descriptor alarm; // a timer

    std::mutex mutex; // guards all that follows
    std::condition_variable_any changed;
    BootSchedule schedule;
    std::deque<Shelf> shelves; // as many as ever; what is in them is guarded
    std::uint64_t warm_starts = 0;
    std::uint64_t cold_starts = 0;
    std::uint64_t booted = 0;
    std::uint64_t retired = 0;
    std::uint64_t failures = 0;
    std::optional<CellosError> last_error;

    std::jthread keeper; // the last one: it is stopped before anything that it uses goes
};

CELLOS_DECL WarmPool::WarmPool(SandboxSource& source, PoolOptions options)
    : state_{std::make_unique<State>(source, std::move(options))} {}

CELLOS_DECL WarmPool::~WarmPool() = default;

CELLOS_DECL std::unique_ptr<PooledSandbox> WarmPool::take(
    const std::string& shape, std::string& why
) {
    State& state = *state_;
    std::vector<std::unique_ptr<PooledSandbox>> dead; // which end after the lock is released
    const std::lock_guard lock{state.mutex};
    const auto shelf = state.shelf_of(shape);
    if (shelf == state.shelves.end()) {
        const bool all_known =
            std::all_of(state.shelves.begin(), state.shelves.end(), [](const auto& each) {
                return each.shape.has_value();
            });
        why = all_known ? "the pool keeps no sandboxes for documents like it (PoolOptions::like)"
                        : "no sandbox was ready";
        return nullptr;
    }
    while (!shelf->waiting.empty()) {
        auto sandbox = std::move(shelf->waiting.front().sandbox);
        shelf->waiting.pop_front();
        auto ready = sandbox->is_ready();
        if (ready) {
            state.schedule.cell_began(true);
            state.wake_keeper_later();
            return sandbox;
        }
        state.last_error = std::move(ready).error();
        ++state.retired;
        dead.push_back(std::move(sandbox));
    }
    shelf->ran_dry = true;
    why = "no sandbox was ready";
    if (state.last_error) why += ": " + state.last_error->message;
    return nullptr;
}

CELLOS_DECL void WarmPool::give_back(
    const std::string& shape, std::unique_ptr<PooledSandbox> sandbox
) {
    const std::lock_guard lock{state_->mutex};
    state_->schedule.cell_ended();
    state_->shelf_of(shape)->waiting.push_front({std::move(sandbox), os::Clock::now()});
}

CELLOS_DECL void WarmPool::cell_began() {
    const std::lock_guard lock{state_->mutex};
    state_->schedule.cell_began(false);
}

CELLOS_DECL void WarmPool::cell_ended() {
    const std::lock_guard lock{state_->mutex};
    state_->schedule.cell_ended();
    // While one starts the alarm is set, and a thread that wakes now would take the processor away
    // from the one that has a result to return.
    if (!state_->schedule.a_cell_starts()) state_->wake_keeper();
}

CELLOS_DECL void WarmPool::count_run(Boot::Kind kind) {
    const std::lock_guard lock{state_->mutex};
    ++(kind == Boot::Kind::Warm ? state_->warm_starts : state_->cold_starts);
}

CELLOS_DECL PoolStats WarmPool::stats() const {
    const std::lock_guard lock{state_->mutex};
    PoolStats stats{
        .booting = state_->schedule.booting(),
        .warm_starts = state_->warm_starts,
        .cold_starts = state_->cold_starts,
        .boots = state_->booted,
        .retired = state_->retired,
        .last_error = state_->last_error};
    std::uint64_t bytes = 0;
    for (const auto& shelf : state_->shelves) {
        stats.ready += shelf.waiting.size();
        for (const auto& each : shelf.waiting) bytes += each.sandbox->memory_bytes().value_or(0);
    }
    if (bytes > 0) stats.idle_memory_bytes = bytes / stats.ready;
    return stats;
}

CELLOS_DECL Result<void> WarmPool::wait_until_full(
    const std::stop_token& stop, std::chrono::steady_clock::time_point deadline
) {
    State& state = *state_;
    std::unique_lock lock{state.mutex};
    const auto failures = state.failures;
    const bool settled = state.changed.wait_until(lock, stop, deadline, [&] {
        return state.full() || state.failures != failures || !state.keeper.joinable();
    });
    if (state.full()) return {};
    if (settled && state.last_error) return failure(*state.last_error);
    return failure(CellosError::Kind::Cancelled, "the pool is not full yet");
}

} // namespace cellos::inline CELLOS_ABI::prewarm
