#pragma once

#include <cellos/core/error.hpp>
#include <cellos/host/stub.hpp>

#include <cstddef>
#include <type_traits>

/// @file
/// In what backends may differ from each other, and what follows from it. The laws know no backend
/// by name: whatever is not declared here holds for all of them.

namespace cellos::inline CELLOS_ABI::testing {

/// What a backend declares of itself. Specialise it for one that is not like this.
template <class Backend>
struct BackendTraits {
    /// It remembers the cells that it made: it counts them as each other's peers, and refuses to
    /// destroy any other with UnknownCell.
    static constexpr bool tracks_cells = true;
    /// It keeps something on the machine for cells to come, as Prewarmed does: what its cells have
    /// left can be told from that only once the backend object is gone.
    static constexpr bool keeps_warm_sandboxes =
        requires { requires std::bool_constant<Backend::keeps_warm_sandboxes>::value; };
};

/// The stub has no state: any handle is as good as another, at any time.
template <>
struct BackendTraits<StubCellBackend> {
    static constexpr bool tracks_cells = false;
};

/// What the laws expect of a backend with these traits.
template <class Backend>
struct Expected {
    /// Whether residue is looked for while the backend object lives.
    [[nodiscard]] static constexpr bool leaves_nothing_while_alive() noexcept {
        if constexpr (requires { BackendTraits<Backend>::keeps_warm_sandboxes; }) {
            return !BackendTraits<Backend>::keeps_warm_sandboxes;
        } else {
            return true; // a specialisation that says nothing of it
        }
    }

    /// How a destroy ends whose cell was destroyed before, or made by another backend object.
    static constexpr bool stale_destroy_succeeds = !BackendTraits<Backend>::tracks_cells;

    /// How many of `rivals` that destroy one cell at the same time succeed.
    [[nodiscard]] static constexpr std::size_t winners(std::size_t rivals) noexcept {
        return BackendTraits<Backend>::tracks_cells ? 1 : rivals;
    }

    /// What a tear-down report says of the `living` cells beside it.
    [[nodiscard]] static constexpr std::size_t peers(std::size_t living) noexcept {
        return BackendTraits<Backend>::tracks_cells ? living : 0;
    }
};

} // namespace cellos::inline CELLOS_ABI::testing
