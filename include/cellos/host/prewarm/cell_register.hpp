#pragma once

#include <cellos/core/config.hpp>

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace cellos::inline CELLOS_ABI::prewarm {

/// Which cells live, by CellHandle::instance, and of those that found no sandbox booted why not.
/// Thread-safe.
class CellRegister {
public:
    CELLOS_DECL void add(const std::string& instance, std::optional<std::string> why_cold);
    /// False: it was not in here.
    [[nodiscard]] CELLOS_DECL bool remove(const std::string& instance);
    /// Nothing: it found one, or is not in here.
    [[nodiscard]] CELLOS_DECL std::optional<std::string> why_cold(const std::string& instance
    ) const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::optional<std::string>> cells_;
};

} // namespace cellos::inline CELLOS_ABI::prewarm

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/prewarm/cell_register.ipp>
#endif
