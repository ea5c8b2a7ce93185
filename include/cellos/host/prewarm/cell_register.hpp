#pragma once

#include <cellos/core/config.hpp>

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace cellos::inline CELLOS_ABI::prewarm {

/// The cells that exist, by CellHandle::instance, and for each that got no booted sandbox the
/// reason. Thread-safe.
class CellRegister {
public:
    CELLOS_DECL void add(const std::string& instance, std::optional<std::string> why_cold);
    /// False: the cell was not registered.
    [[nodiscard]] CELLOS_DECL bool remove(const std::string& instance);
    /// Empty: the cell got a sandbox, or is not registered.
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
