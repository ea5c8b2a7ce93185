#pragma once

#include <cellos/core/error.hpp>
#include <cellos/host/stub.hpp>

#include <cstddef>
#include <type_traits>

/// @file
/// How backends may differ, and what follows from that. The laws know no backend by name:
/// everything that is not declared here holds for all backends.

namespace cellos::inline CELLOS_ABI::testing {

/// The properties of a backend. Specialise it for a backend with others.
template <class Backend>
struct BackendTraits {
    /// It remembers the cells that it made: it counts them as peers, and refuses to destroy any
    /// other cell with UnknownCell.
    static constexpr bool tracks_cells = true;
    /// It keeps things on the machine for future cells, as Prewarmed does. Whether cells have left
    /// anything can only be seen once the backend object is destroyed.
    static constexpr bool keeps_warm_sandboxes =
        requires { requires std::bool_constant<Backend::keeps_warm_sandboxes>::value; };
};

/// The stub has no state: it accepts any handle at any time.
template <>
struct BackendTraits<StubCellBackend> {
    static constexpr bool tracks_cells = false;
};

/// What the laws expect of a backend with these traits.
template <class Backend>
struct Expected {
    /// Whether residue is checked while the backend object exists.
    [[nodiscard]] static constexpr bool leaves_nothing_while_alive() noexcept {
        if constexpr (requires { BackendTraits<Backend>::keeps_warm_sandboxes; }) {
            return !BackendTraits<Backend>::keeps_warm_sandboxes;
        } else {
            return true; // a specialisation without this member
        }
    }

    /// Whether a destroy succeeds if the cell was destroyed before, or made by another backend
    /// object.
    static constexpr bool stale_destroy_succeeds = !BackendTraits<Backend>::tracks_cells;

    /// How many of `rivals` concurrent destroys of one cell succeed.
    [[nodiscard]] static constexpr std::size_t winners(std::size_t rivals) noexcept {
        return BackendTraits<Backend>::tracks_cells ? 1 : rivals;
    }

    /// The `peers_tracked_after` of a tear-down report while `living` other cells exist.
    [[nodiscard]] static constexpr std::size_t peers(std::size_t living) noexcept {
        return BackendTraits<Backend>::tracks_cells ? living : 0;
    }
};

} // namespace cellos::inline CELLOS_ABI::testing
