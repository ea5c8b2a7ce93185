#pragma once

#include <cellos/host/prewarm/pace.hpp>

#include <algorithm>
#include <thread>

namespace cellos::inline CELLOS_ABI::prewarm {

CELLOS_DECL std::size_t processors() noexcept {
    return (std::max)(1U, std::thread::hardware_concurrency());
}

} // namespace cellos::inline CELLOS_ABI::prewarm
