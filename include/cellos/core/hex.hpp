#pragma once

#include <cellos/core/config.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// The hexadecimal digits that this library writes: lower case.
inline constexpr std::string_view hex_digits = "0123456789abcdef";

/// The bytes in hexadecimal: two digits for each, in order, without separators.
[[nodiscard]] CELLOS_DECL std::string hex(std::span<const std::byte> bytes);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/hex.ipp>
#endif
