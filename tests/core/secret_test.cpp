#include "support/catch.hpp"

#include <cellos/core/secret.hpp>

#include <string>
#include <type_traits>
#include <utility>

using namespace cellos;

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>, "a secret is never copied by accident");

TEST_CASE("A secret holds its value until it is moved from, with a zero behind it") {
    Secret secret{std::string_view{"a\0b", 3}};
    CHECK(secret.reveal() == std::string_view{"a\0b", 3});
    CHECK(secret.reveal().data()[3] == '\0');
    Secret other = std::move(secret);
    CHECK(other.reveal() == std::string_view{"a\0b", 3});
    CHECK(secret.reveal().empty()); // NOLINT(bugprone-use-after-move)
    secret = Secret{"new"};
    CHECK(secret.reveal() == "new");
    CHECK(Secret{}.reveal().empty());
    CHECK(Secret{""}.reveal().empty());
    CHECK(
        Secret::joined({"NAME", "=", other.reveal()}).reveal() == std::string_view{"NAME=a\0b", 8}
    );
    CHECK(Secret{std::string_view{std::string(100'000, 'x')}}.reveal().size() == 100'000);
}

TEST_CASE("A string that is given away holds the value no longer") {
    std::string text(100, 'x');
    const char* memory = text.data();
    const Secret secret{std::move(text)};
    CHECK(secret.reveal() == std::string(100, 'x'));
    // NOLINTNEXTLINE(bugprone-use-after-move)
    CHECK(std::string_view{memory, text.capacity()}.find('x') == std::string_view::npos);
}

TEST_CASE("What was filled in place becomes a secret without a copy") {
    SecretMemory memory{5};
    CHECK(std::string_view{memory.data(), 5} == std::string_view{"\0\0\0\0\0", 5});
    std::string_view{"four"}.copy(memory.data(), 4);
    const char* place = memory.data();
    const Secret secret{std::move(memory), 4};
    CHECK(secret.reveal() == "four");
    CHECK(secret.reveal().data() == place);
}

TEST_CASE("Redaction replaces each occurrence, also of a value that holds the mark") {
    const auto redacted = [](std::string text, std::string_view value) {
        redact(text, Secret{value});
        return text;
    };
    CHECK(
        redacted("TOKEN=abc, again abcabc", "abc") == "TOKEN=[redacted], again [redacted][redacted]"
    );
    CHECK(redacted("nothing here", "abc") == "nothing here");
    CHECK(redacted("text", "") == "text");
    CHECK(redacted("a [redacted] a", "a [") == "[redacted]redacted] a");
}
