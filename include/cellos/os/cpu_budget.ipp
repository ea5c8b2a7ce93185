#pragma once

#include <cellos/os/cpu_budget.hpp>

#include <algorithm>

#include <sched.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL std::int64_t usable_processors() noexcept {
    cpu_set_t usable;
    // It fails where the kernel knows more processors than the set has places.
    const std::int64_t count = ::sched_getaffinity(0, sizeof usable, &usable) == 0
                                   ? CPU_COUNT(&usable)
                                   : ::sysconf(_SC_NPROCESSORS_ONLN);
    return std::max<std::int64_t>(count, 1);
}

} // namespace cellos::inline CELLOS_ABI::os
