#pragma once

#include <cellos/core/config.hpp>

/// @file
/// How a header keeps its price down: what a function body instantiates is compiled by those who
/// call the function, and not by all who include it. For that the body belongs to a template.

namespace cellos::inline CELLOS_ABI {

/// `template <class = IfUsed>` makes a template of a function inside this library for that reason
/// alone. It is called as if it were none. Of a class it makes one called `Basic…`, and the name
/// that users know is the one instance of it. Where most of a body's price lies in one type, that
/// type is the parameter instead (`template <class Event = CloudEvent>`): what depends on it is not
/// even looked up before.
struct IfUsed;

/// The same for functions that users know, which stay functions: their address can be taken, and
/// they are found by their arguments. Declared in the usual way, they are defined as friends in a
/// class template, and
///
///     static_assert(defined_if_used<Definitions>);
///
/// lets the compiler know of them ([temp.inst]: a friend's definition is instantiated once it is
/// needed). Such a body only passes its arguments on, since g++ 12 does not get variables right in
/// it.
template <template <class> class Definitions>
inline constexpr bool defined_if_used = sizeof(Definitions<IfUsed>) != 0;

} // namespace cellos::inline CELLOS_ABI
