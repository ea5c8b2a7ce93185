#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/uuid.hpp>

#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI::detail {

/// The id of one life, and the source of the ids of its events.
struct RunIds {
    os::UuidSource source{};
    Result<std::string> run_id = source.next();

    /// The id; empty if the system provides no randomness.
    [[nodiscard]] std::string_view name() const noexcept {
        return run_id ? std::string_view{*run_id} : std::string_view{};
    }
};

} // namespace cellos::inline CELLOS_ABI::detail
