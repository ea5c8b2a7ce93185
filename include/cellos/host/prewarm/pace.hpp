#pragma once

#include <cellos/core/config.hpp>

#include <chrono>
#include <cstddef>

/// @file
/// How fast cells start and how many can: what a pool's own work, and a burst of cells, are fitted
/// to.

namespace cellos::inline CELLOS_ABI::prewarm {

/// For so long the program that a sandbox was taken for is likely to have more than one processor's
/// worth to do: its own processes, and those of the sandbox.
inline constexpr std::chrono::milliseconds start_of_a_cell{50};

/// What a short program takes, from its hand-over to its end.
inline constexpr std::chrono::milliseconds head_start{20};

/// Of this machine; at least 1.
[[nodiscard]] CELLOS_DECL std::size_t processors() noexcept;

} // namespace cellos::inline CELLOS_ABI::prewarm

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/prewarm/pace.ipp>
#endif
