#pragma once

#include <cellos/host/prewarm/cell_register.hpp>

#include <utility>

namespace cellos::inline CELLOS_ABI::prewarm {

CELLOS_DECL void CellRegister::add(
    const std::string& instance, std::optional<std::string> why_cold
) {
    const std::lock_guard lock{mutex_};
    cells_.insert_or_assign(instance, std::move(why_cold));
}

CELLOS_DECL bool CellRegister::remove(const std::string& instance) {
    const std::lock_guard lock{mutex_};
    return cells_.erase(instance) > 0;
}

CELLOS_DECL std::optional<std::string> CellRegister::why_cold(const std::string& instance) const {
    const std::lock_guard lock{mutex_};
    const auto found = cells_.find(instance);
    return found != cells_.end() ? found->second : std::nullopt;
}

} // namespace cellos::inline CELLOS_ABI::prewarm
