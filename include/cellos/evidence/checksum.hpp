#pragma once

#include <cellos/core/event.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/json/event.hpp>

#include <cstdint>
#include <string>
#include <utility>

/// @file
/// The checksum that an event in a file carries unless it is signed: it shows that the line was
/// changed, by a fault or by a hand that did not know of it. Anybody can make it anew, so it is no
/// proof against intent; that is what signatures are for.

namespace cellos::inline CELLOS_ABI {

/// The extension attribute in which it stands.
inline constexpr const char* checksum_attribute = "checksum";

/// 64-bit FNV-1a of the bytes that `to_json` writes of the event without its checksum; 16
/// hexadecimal digits. No change of a single byte keeps it.
[[nodiscard]] inline std::string checksum_of(CloudEvent event);

namespace detail {

template <class = IfUsed>
[[nodiscard]] std::string checksum(CloudEvent event) {
    event.extensions.erase(checksum_attribute);
    std::uint64_t sum = 0xcbf29ce484222325;
    for (const char c : to_json(event)) {
        sum ^= static_cast<unsigned char>(c);
        sum *= 0x100000001b3;
    }
    std::string text(16, '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, sum >>= 4)
        *digit = "0123456789abcdef"[sum & 15];
    return text;
}

} // namespace detail

template <class Lazy>
struct ChecksumDefinitions {
    friend std::string checksum_of(CloudEvent event) {
        return detail::checksum<Lazy>(std::move(event));
    }
};
static_assert(defined_if_used<ChecksumDefinitions>);

} // namespace cellos::inline CELLOS_ABI
