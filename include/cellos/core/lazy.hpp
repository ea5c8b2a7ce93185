#pragma once

namespace cellos::inline v0::detail {

/// `template <class = cellos::detail::IfUsed>` stands before functions that are templates for one
/// reason: their bodies, and what these instantiate, are then compiled by those who call them and
/// not by all who include them. They are called as if they were none.
struct IfUsed;

} // namespace cellos::inline v0::detail
