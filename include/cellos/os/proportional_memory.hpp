#pragma once

#include <cellos/core/config.hpp>

#include <cstdint>
#include <span>

#include <sys/types.h>

namespace cellos::inline CELLOS_ABI::os {

/// The memory that would be free without these processes, in bytes: the private memory of each and
/// its share of what it shares with others (`Pss` in proc(5)). Processes that have gone, or that
/// this one may not inspect, count as 0. The kernel walks their page tables for it, so call it
/// rarely. Thread-safe.
[[nodiscard]] CELLOS_DECL std::uint64_t proportional_memory(std::span<const pid_t> pids);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/proportional_memory.ipp>
#endif
