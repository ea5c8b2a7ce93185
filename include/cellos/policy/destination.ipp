#pragma once

#include <cellos/core/network_syntax.hpp>
#include <cellos/policy/destination.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace cellos::inline CELLOS_ABI::policy {

namespace detail {

using cellos::detail::Splitter;

[[nodiscard]] inline unsigned number(std::string_view text, int base) noexcept {
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
}

// Addresses with the same first `bits`. Those of the two families never meet.
struct Block {
    std::array<std::uint8_t, 16> address{};
    unsigned bits = 0;
    bool is_ipv4 = false;

    [[nodiscard]] bool holds(const Block& other) const noexcept {
        if (is_ipv4 != other.is_ipv4 || other.bits < bits) return false;
        for (unsigned bit = 0; bit < bits; ++bit) {
            const auto differ = static_cast<unsigned>(address[bit / 8] ^ other.address[bit / 8]);
            if ((differ & (0x80U >> (bit % 8))) != 0) return false;
        }
        return true;
    }
};

// Four bytes of a well-formed address.
inline void put_ipv4(std::string_view text, std::uint8_t* to) noexcept {
    for (Splitter pieces{text, '.'}; pieces.more;)
        *to++ = static_cast<std::uint8_t>(number(pieces.next(), 10));
}

// The groups of one side of the `::` of a well-formed address; returns how many bytes.
inline std::size_t put_groups(std::string_view text, std::uint8_t* to) noexcept {
    std::size_t size = 0;
    if (text.empty()) return size;
    for (Splitter groups{text, ':'}; groups.more;) {
        const std::string_view group = groups.next();
        if (group.find('.') != std::string_view::npos) {
            put_ipv4(group, to + size);
            size += 4;
        } else {
            const unsigned value = number(group, 16);
            to[size++] = static_cast<std::uint8_t>(value >> 8);
            to[size++] = static_cast<std::uint8_t>(value & 0xFF);
        }
    }
    return size;
}

// `::ffff:10.0.0.1` reaches the host 10.0.0.1, and is held to what is said of that.
[[nodiscard]] inline Block without_mapping(const Block& block) noexcept {
    constexpr Block mapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 96, false};
    if (!mapped.holds(block)) return block;
    Block ipv4{{}, block.bits - mapped.bits, true};
    for (std::size_t i = 0; i < 4; ++i) ipv4.address[i] = block.address[12 + i];
    return ipv4;
}

// Of an address or a block; empty for any other text.
[[nodiscard]] inline std::optional<Block> block_of(std::string_view text) noexcept {
    const std::size_t slash = text.find('/');
    const std::string_view address = text.substr(0, slash);
    const bool whole = slash == std::string_view::npos;
    if (!whole && !is_cidr_block(text)) return std::nullopt;
    Block block;
    block.is_ipv4 = is_ipv4_address(address);
    if (block.is_ipv4) {
        put_ipv4(address, block.address.data());
    } else if (is_ipv6_address(address)) {
        const std::size_t gap = address.find("::");
        const std::size_t before = put_groups(address.substr(0, gap), block.address.data());
        if (gap != std::string_view::npos) {
            std::array<std::uint8_t, 16> rest{};
            const std::size_t after = put_groups(address.substr(gap + 2), rest.data());
            for (std::size_t i = 0; i < after && before + after <= 16; ++i)
                block.address[16 - after + i] = rest[i];
        }
    } else {
        return std::nullopt;
    }
    block.bits = whole ? (block.is_ipv4 ? 32 : 128) : number(text.substr(slash + 1), 10);
    return without_mapping(block);
}

[[nodiscard]] constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr bool same_name(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

} // namespace detail

CELLOS_DECL bool is_host_pattern(std::string_view text) noexcept {
    return is_egress_host(text) || (text.starts_with("*.") && is_host_name(text.substr(2)));
}

CELLOS_DECL bool covers_host(std::string_view allowed, std::string_view asked) noexcept {
    if (const auto block = detail::block_of(allowed)) {
        const auto wanted = detail::block_of(asked);
        return wanted && block->holds(*wanted);
    }
    if (detail::same_name(allowed, asked)) return true;
    if (!allowed.starts_with("*.") || detail::block_of(asked)) return false;
    const std::string_view suffix = allowed.substr(1); // ".name"
    return asked.size() > suffix.size() &&
           detail::same_name(asked.substr(asked.size() - suffix.size()), suffix);
}

CELLOS_DECL bool covers(const EgressRule& allowed, const EgressRule& asked) noexcept {
    return allowed.port == asked.port &&
           allowed.protocol.value_or(EgressProtocol::Tcp) ==
               asked.protocol.value_or(EgressProtocol::Tcp) &&
           covers_host(allowed.host, asked.host);
}

} // namespace cellos::inline CELLOS_ABI::policy
