#pragma once

#include <cellos/core/config.hpp>

#include <chrono>
#include <cstddef>

/// @file
/// How fast cells start and how many can start at once: used to pace the pool's own work and bursts
/// of cells.

namespace cellos::inline CELLOS_ABI::prewarm {

/// For how long after taking a sandbox a cell is likely to use more than one processor, for the
/// program and for the sandbox's own processes.
inline constexpr std::chrono::milliseconds start_of_a_cell{50};

/// How long a short program takes, from the hand-over to a booted sandbox to its end.
inline constexpr std::chrono::milliseconds head_start{20};

/// The number of processors of this machine; at least 1.
[[nodiscard]] CELLOS_DECL std::size_t processors() noexcept;

} // namespace cellos::inline CELLOS_ABI::prewarm

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/prewarm/pace.ipp>
#endif
