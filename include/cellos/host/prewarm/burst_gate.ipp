#pragma once

#include <cellos/host/prewarm/burst_gate.hpp>
#include <cellos/host/prewarm/pace.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <iterator>
#include <mutex>

namespace cellos::inline CELLOS_ABI::prewarm {

struct BurstGate::State {
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] std::list<Clock::time_point>::iterator await_turn(Clock::time_point deadline) {
        std::unique_lock lock{mutex};
        auto now = Clock::now();
        const auto patient_until = (std::min)(now + start_of_a_cell, deadline);
        for (; now < patient_until; now = Clock::now()) {
            // They stand in the order of their starts.
            const auto ahead = std::find_if(starts.begin(), starts.end(), [&](auto start) {
                return now < start + head_start;
            });
            if (static_cast<std::size_t>(std::distance(ahead, starts.end())) < processors()) break;
            next_turn.wait_until(lock, (std::min)(patient_until, *ahead + head_start));
        }
        return starts.insert(starts.end(), now);
    }

    void end_turn(std::list<Clock::time_point>::iterator place) {
        const std::lock_guard lock{mutex};
        starts.erase(place);
        next_turn.notify_one();
    }

    std::mutex mutex;
    std::condition_variable next_turn;
    std::list<Clock::time_point> starts; // of the cells that have their turn
};

CELLOS_DECL BurstGate::BurstGate() : state_{std::make_unique<State>()} {}

CELLOS_DECL BurstGate::~BurstGate() = default;

CELLOS_DECL BurstGate::Turn::Turn(BurstGate& gate, std::chrono::steady_clock::time_point deadline)
    : gate_{gate}, place_{gate.state_->await_turn(deadline)} {}

CELLOS_DECL BurstGate::Turn::~Turn() {
    gate_.state_->end_turn(place_);
}

} // namespace cellos::inline CELLOS_ABI::prewarm
