#pragma once

#include <cellos/lifecycle/table.hpp>

#include <bitset>
#include <cstddef>
#include <string_view>

namespace cellos::inline CELLOS_ABI::detail {

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

} // namespace cellos::inline CELLOS_ABI::detail
