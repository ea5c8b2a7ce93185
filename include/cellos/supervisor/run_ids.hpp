#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/uuid.hpp>

#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI::detail {

/// What one life is called, and where the ids of its events come from.
struct RunIds {
    os::UuidSource source{};
    Result<std::string> run_id = source.next();

    /// Empty if the system has given no randomness.
    [[nodiscard]] std::string_view name() const noexcept {
        return run_id ? std::string_view{*run_id} : std::string_view{};
    }
};

} // namespace cellos::inline CELLOS_ABI::detail
