#pragma once

#include <cellos/core/config.hpp>

#include <cstdint>
#include <span>

#include <sys/types.h>

namespace cellos::inline CELLOS_ABI::os {

/// The memory that would be free without these processes, in bytes: what each has of its own, and
/// its share of what several have (proc(5), `Pss`). Those that are gone or that this one may not
/// look at count as 0. The kernel walks their page tables for it: nothing to do often. Thread-safe.
[[nodiscard]] CELLOS_DECL std::uint64_t proportional_memory(std::span<const pid_t> pids);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/proportional_memory.ipp>
#endif
