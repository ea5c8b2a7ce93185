#pragma once

#include <cellos/lifecycle/table.hpp>

#include <bitset>
#include <cstddef>
#include <string_view>

namespace cellos::inline CELLOS_ABI::detail {

/// The states in which a cell may be, judging by its events. Transitions without an event leave no
/// trace, so there may be several. A value; not thread-safe.
class PossibleStates {
public:
    /// The states of a cell that has not emitted an event yet.
    CELLOS_DECL PossibleStates() noexcept;

    /// Follows one event by its type; false if no possible state allows it.
    [[nodiscard]] CELLOS_DECL bool follow(std::string_view event) noexcept;

    [[nodiscard]] bool include(CellState state) const noexcept {
        return states_[static_cast<std::size_t>(state)];
    }

private:
    using States = std::bitset<cell_state_count>;

    [[nodiscard]] States::reference at(CellState state) noexcept;
    void follow_silent_moves() noexcept;

    States states_{};
};

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/lifecycle/possible_states.ipp>
#endif
