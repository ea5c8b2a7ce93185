/// @file
/// How long a command may be: the backend's own constant.
#pragma once

#include <cellos/core/config.hpp>

#include <cstddef>
#include <type_traits>

namespace cellos::inline CELLOS_ABI {

/// The bounds of `spec.run.argv`, in bytes, each argument with its terminating NUL. A backend that
/// can pass on less, or more, than these defaults, which are Linux's own for one argument and safe
/// for all of them together, says so by a constant:
///
///     static constexpr ArgvBounds argv_bounds{.argument = 4096, .together = 65536};
///
/// A document beyond the bounds of its backend is ArgvTooLarge before anything exists.
struct ArgvBounds {
    std::size_t argument = std::size_t{128} << 10;
    std::size_t together = std::size_t{1} << 20;

    friend bool operator==(const ArgvBounds&, const ArgvBounds&) = default;
};

/// A backend that states its own bounds.
template <class B>
concept StatesArgvBounds = requires {
    typename std::bool_constant<(ArgvBounds{std::remove_reference_t<B>::argv_bounds}, true)>;
};

/// The bounds of a backend.
template <class B>
inline constexpr ArgvBounds argv_bounds_of = [] {
    if constexpr (StatesArgvBounds<B>) {
        return ArgvBounds{std::remove_reference_t<B>::argv_bounds};
    } else {
        return ArgvBounds{};
    }
}();

} // namespace cellos::inline CELLOS_ABI
