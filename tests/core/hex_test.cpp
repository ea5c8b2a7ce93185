#include "support/catch.hpp"

#include <cellos/core/hex.hpp>

#include <array>
#include <cstddef>
#include <string>

TEST_CASE("Bytes are written as two lower-case hexadecimal digits each") {
    CHECK(cellos::hex({}).empty());
    constexpr std::array some{std::byte{0x00}, std::byte{0x0F}, std::byte{0xA0}, std::byte{0xFF}};
    CHECK(cellos::hex(some) == "000fa0ff");

    std::array<std::byte, 256> all;
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::byte>(i);
    const std::string text = cellos::hex(all);
    REQUIRE(text.size() == 512);
    for (std::size_t i = 0; i < all.size(); ++i)
        CHECK(std::stoul(text.substr(2 * i, 2), nullptr, 16) == i);
}
