#pragma once

#include <cellos/core/event.hpp>
#include <cellos/core/result.hpp>
#include <cellos/supervisor/lifecycle.hpp>

#include <bitset>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace cellos::inline v0 {

namespace detail {

/// The states in which a cell may be, judged by its events. Moves that emit nothing leave no trace,
/// so there may be several.
class PossibleStates {
public:
    PossibleStates() noexcept {
        at(CellState::Requested) = true;
        follow_silent_moves();
    }

    /// Takes note of one event; false if no state allows it.
    [[nodiscard]] bool follow(std::string_view event) noexcept {
        States next;
        for (const Transition& move : lifecycle)
            if (move.event == event && at(move.from))
                next[static_cast<std::size_t>(move.to)] = true;
        states_ = next;
        follow_silent_moves();
        return states_.any();
    }

    [[nodiscard]] bool include(CellState state) const noexcept {
        return states_[static_cast<std::size_t>(state)];
    }

private:
    using States = std::bitset<cell_state_count>;

    [[nodiscard]] States::reference at(CellState state) noexcept {
        return states_[static_cast<std::size_t>(state)];
    }

    // One pass is enough: the table is in the order of the phases, and these never go back.
    void follow_silent_moves() noexcept {
        for (const Transition& move : lifecycle)
            if (move.event.empty() && at(move.from)) at(move.to) = true;
    }

    States states_{};
};

} // namespace detail

/// Whether these events of one cell, in this order, are the legal and complete history of a life as
/// the table tells it. The error names the first event that is out of place, counted from 1, or
/// says that the end is missing.
[[nodiscard]] inline Result<void> replay(std::span<const CloudEvent> history) {
    detail::PossibleStates states;
    for (std::size_t i = 0; i < history.size(); ++i) {
        const CloudEvent& event = history[i];
        const auto refuse = [&](std::string_view what) {
            return failure(
                CellosError::Kind::InvalidSpec,
                "event " + std::to_string(i + 1) + " (" + event.type + ") " + std::string{what}
            );
        };
        if (event.type != event_type(event.data)) return refuse("carries the data of another type");
        if (event.subject != history.front().subject) return refuse("belongs to another cell");
        if (!states.follow(event.type)) return refuse("is out of place");
    }
    if (!states.include(CellState::Destroyed))
        return failure(CellosError::Kind::InvalidSpec, "the history ends before the cell does");
    return {};
}

} // namespace cellos::inline v0
