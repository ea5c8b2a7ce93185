#pragma once

#include <cellos/core/enum_names.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// How the sandbox of a workload was booted.
struct Boot {
    enum class Kind : std::uint8_t {
        Cold, ///< it was booted for this cell
        Warm, ///< it was booted ahead and waited; no other cell has ever run in it
    };

    Kind kind = Kind::Cold;
    /// Why a cell that could have been warm is cold, as a text for people.
    std::optional<std::string> reason{};

    friend bool operator==(const Boot&, const Boot&) = default;
};

template <>
inline constexpr auto enum_names<Boot::Kind> = std::to_array<EnumName<Boot::Kind>>({
    {Boot::Kind::Cold, "cold"},
    {Boot::Kind::Warm, "warm"},
});
static_assert(detail::has_names_for_all<Boot::Kind>());

[[nodiscard]] constexpr std::string_view to_string(Boot::Kind kind) noexcept {
    return detail::name_of(kind, "unknown");
}

} // namespace cellos::inline CELLOS_ABI
