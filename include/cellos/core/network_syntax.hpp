#pragma once

#include <cellos/core/text_syntax.hpp>

#include <cstddef>
#include <string_view>

/// @file
/// The syntax of the host of an egress rule. Nothing is looked up, and a name that looks like a
/// malformed address is refused rather than passed to a resolver.

namespace cellos::inline CELLOS_ABI {

namespace detail {

// Decimal without sign or leading zero, up to `most`.
[[nodiscard]] constexpr bool is_decimal(std::string_view text, unsigned most) noexcept {
    if (text.empty() || text.size() > 3 || !all_of(text, is_digit)) return false;
    if (text.size() > 1 && text.front() == '0') return false;
    unsigned value = 0;
    for (const char c : text) value = value * 10 + static_cast<unsigned>(c - '0');
    return value <= most;
}

[[nodiscard]] constexpr bool is_hexadecimal(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Splits a text: next() returns the part before the next `separator` and leaves the part after it
// in `rest`. Call it while `more`.
struct Splitter {
    std::string_view rest;
    char separator;
    bool more = true;

    [[nodiscard]] constexpr std::string_view next() noexcept {
        const std::size_t end = rest.find(separator);
        const std::string_view piece = rest.substr(0, end);
        more = end != std::string_view::npos;
        if (more) rest.remove_prefix(end + 1);
        return piece;
    }
};

} // namespace detail

/// Four decimal numbers. `010.0.0.1`, which some resolvers read as octal, is not accepted.
[[nodiscard]] constexpr bool is_ipv4_address(std::string_view text) noexcept {
    int octets = 0;
    for (detail::Splitter pieces{text, '.'}; pieces.more; ++octets)
        if (!detail::is_decimal(pieces.next(), 255)) return false;
    return octets == 4;
}

namespace detail {

// The number of 16-bit groups on one side of the `::` of an IPv6 address, or in all of it; -1:
// malformed. Dotted IPv4 counts as two, and is allowed only at the very end of the address.
[[nodiscard]] constexpr int ipv6_groups(std::string_view text, bool is_end) noexcept {
    if (text.empty()) return 0;
    int groups = 0;
    for (Splitter pieces{text, ':'}; pieces.more;) {
        const std::string_view group = pieces.next();
        if (is_end && !pieces.more && is_ipv4_address(group)) {
            groups += 2;
        } else if (!group.empty() && group.size() <= 4 && all_of(group, is_hexadecimal)) {
            groups += 1;
        } else {
            return -1;
        }
    }
    return groups;
}

} // namespace detail

/// RFC 4291, section 2.2. A zone is not accepted, since `%eth0` means nothing inside a cell.
[[nodiscard]] constexpr bool is_ipv6_address(std::string_view text) noexcept {
    const std::size_t gap = text.find("::");
    if (gap == std::string_view::npos) return detail::ipv6_groups(text, true) == 8;
    const int before = detail::ipv6_groups(text.substr(0, gap), false);
    const int after = detail::ipv6_groups(text.substr(gap + 2), true);
    return before >= 0 && after >= 0 && before + after < 8;
}

/// An address, a slash and the length of the prefix.
[[nodiscard]] constexpr bool is_cidr_block(std::string_view text) noexcept {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return false;
    const std::string_view address = text.substr(0, slash);
    const std::string_view length = text.substr(slash + 1);
    return (is_ipv4_address(address) && detail::is_decimal(length, 32)) ||
           (is_ipv6_address(address) && detail::is_decimal(length, 128));
}

/// RFC 1123: labels of letters, digits and inner hyphens. The last label must not be all digits
/// (`1.2.3.400` is a malformed address, not a name).
[[nodiscard]] constexpr bool is_host_name(std::string_view text) noexcept {
    if (text.empty() || text.size() > 253) return false;
    std::string_view label;
    for (detail::Splitter labels{text, '.'}; labels.more;) {
        constexpr auto accepts = [](char c) noexcept {
            return detail::is_alphanumeric(c) || c == '-';
        };
        label = labels.next();
        if (label.empty() || label.size() > 63 || !detail::all_of(label, accepts)) return false;
        if (label.front() == '-' || label.back() == '-') return false;
    }
    return !detail::all_of(label, detail::is_digit);
}

[[nodiscard]] constexpr bool is_egress_host(std::string_view text) noexcept {
    return is_host_name(text) || is_ipv4_address(text) || is_ipv6_address(text) ||
           is_cidr_block(text);
}

} // namespace cellos::inline CELLOS_ABI
