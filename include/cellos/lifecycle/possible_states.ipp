#pragma once

#include <cellos/lifecycle/possible_states.hpp>

namespace cellos::inline CELLOS_ABI::detail {

CELLOS_DECL PossibleStates::PossibleStates() noexcept {
    at(CellState::Requested) = true;
    follow_silent_moves();
}

CELLOS_DECL bool PossibleStates::follow(std::string_view event) noexcept {
    States next;
    for (const Transition& move : lifecycle)
        if (move.event == event && at(move.from)) next[static_cast<std::size_t>(move.to)] = true;
    states_ = next;
    follow_silent_moves();
    return states_.any();
}

inline PossibleStates::States::reference PossibleStates::at(CellState state) noexcept {
    return states_[static_cast<std::size_t>(state)];
}

// One pass is enough: the table is in the order of the phases, and these never go back.
inline void PossibleStates::follow_silent_moves() noexcept {
    for (const Transition& move : lifecycle)
        if (move.event.empty() && at(move.from)) at(move.to) = true;
}

} // namespace cellos::inline CELLOS_ABI::detail
