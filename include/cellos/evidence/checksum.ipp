#pragma once

#include <cellos/core/hex.hpp>
#include <cellos/evidence/checksum.hpp>
#include <cellos/json/event.hpp>

#include <cstdint>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL std::string checksum_of(CloudEvent event) {
    event.extensions.erase(checksum_attribute);
    std::uint64_t sum = 0xcbf29ce484222325;
    for (const char c : to_json(event)) {
        sum ^= static_cast<unsigned char>(c);
        sum *= 0x100000001b3;
    }
    std::string text(16, '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, sum >>= 4)
        *digit = hex_digits[sum & 15];
    return text;
}

} // namespace cellos::inline CELLOS_ABI
