// What the agent makes of requests: the same code as in the sandbox, on this side of it.
#include "support/catch.hpp"

#include <cellos/host/sandbox/agent/read_request.hpp>

#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

using namespace cellos::sandbox::agent;

namespace {

template <class T>
std::string bytes_of(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

// A body of Exec, and where it is taken apart.
struct Reading {
    std::string body;
    std::vector<char*> strings;
    Command command{};

    int read(std::size_t room = max_strings + 2) {
        strings.resize(room);
        return read_exec(body.data(), body.size(), strings.data(), room, command);
    }
};

Reading sample(Exec exec = {.uid = 7, .gid = 8, .limits = 1, .arguments = 2, .variables = 1}) {
    std::string body = bytes_of(exec);
    for (std::uint32_t i = 0; i < exec.limits && i < max_limits; ++i)
        body += bytes_of(Limit{.value = 64, .resource = 7});
    constexpr std::string_view text{"host\0/tmp\0echo\0two words\0A=b\0", 29};
    return {body.append(text), {}};
}

} // namespace

TEST_CASE("An Exec is taken apart into what it holds") {
    Reading reading = sample();
    REQUIRE(reading.read() == 0);
    const Command& command = reading.command;
    CHECK(command.exec.uid == 7);
    CHECK(command.exec.gid == 8);
    CHECK(read_as<Limit>(command.limits).value == 64);
    CHECK(read_as<Limit>(command.limits).resource == 7);
    CHECK(std::string_view{command.hostname} == "host");
    CHECK(std::string_view{command.directory} == "/tmp");
    CHECK(std::string_view{command.arguments[0]} == "echo");
    CHECK(std::string_view{command.arguments[1]} == "two words");
    CHECK(command.arguments[2] == nullptr);
    CHECK(std::string_view{command.variables[0]} == "A=b");
    CHECK(command.variables[1] == nullptr);
}

TEST_CASE("An Exec that is cut off anywhere, or has more at its end, is refused") {
    const Reading whole = sample();
    for (std::size_t size = 0; size < whole.body.size(); ++size) {
        // A copy of just this size, for a sanitizer to see who reads beyond it.
        Reading part{std::string{whole.body, 0, size}, {}};
        part.body.shrink_to_fit();
        CAPTURE(size);
        CHECK(part.read() == EPROTO);
    }
    Reading more{whole.body + '\0', {}};
    CHECK(more.read() == EPROTO);
}

TEST_CASE("Counts of an Exec that are beyond the limits are refused, sums that wrap around, too") {
    constexpr std::uint32_t most = ~std::uint32_t{0};
    const auto result = [](Exec exec) { return sample(exec).read(); };
    CHECK(result({.limits = max_limits + 1, .arguments = 1}) == E2BIG);
    CHECK(result({.limits = most, .arguments = 1}) == E2BIG);
    CHECK(result({.arguments = max_strings + 1}) == E2BIG);
    CHECK(result({.arguments = most, .variables = 2}) == E2BIG);
    CHECK(result({.arguments = 1, .variables = most}) == E2BIG);
    CHECK(result({.arguments = 0, .variables = 3}) == EPROTO);
    CHECK(result({.arguments = 2, .variables = 1, .merged = 2}) == EPROTO);
    CHECK(
        result({.arguments = 2, .variables = 1, .leftovers = static_cast<Leftovers>(3)}) == EPROTO
    );
    Reading sampled = sample();
    CHECK(sampled.read(4) == E2BIG); // three strings and two nulls
    CHECK(sampled.read(5) == 0);
    CHECK(strings_of(sampled.body.data()) == 3);
    CHECK(strings_of(bytes_of(Exec{.arguments = most, .variables = most}).data()) == 0);
}

TEST_CASE("A head must be of this version, and its body neither too small nor too large") {
    CHECK(check(Head{.verb = Verb::Exec, .bytes = sizeof(Exec)}) == 0);
    CHECK(check(Head{.verb = Verb::Exec, .bytes = max_exec_bytes}) == 0);
    CHECK(check(Head{.verb = Verb::Exec, .bytes = max_exec_bytes + 1}) == E2BIG);
    CHECK(check(Head{.verb = Verb::Exec, .bytes = ~std::uint64_t{0}}) == E2BIG);
    CHECK(check(Head{.verb = Verb::Exec, .bytes = sizeof(Exec) - 1}) == EPROTO);
    CHECK(check(Head{.verb = Verb::Put, .bytes = sizeof(Put) - 1}) == EPROTO);
    CHECK(check(Head{.verb = Verb::Put, .bytes = std::uint64_t{1} << 40}) == 0);
    CHECK(check(Head{.verb = Verb::Signal, .bytes = sizeof(Signal)}) == 0);
    CHECK(check(Head{.verb = Verb::Signal, .bytes = sizeof(Signal) + 1}) == EPROTO);
    CHECK(check(Head{.verb = Verb{0}, .bytes = 64}) == EPROTO);
    CHECK(check(Head{.verb = Verb{4}, .bytes = 64}) == EPROTO);
    CHECK(check(Head{.magic = magic + 1, .verb = Verb::Exec, .bytes = 64}) == EPROTO);
}

TEST_CASE("A file must fit into what is left of its message") {
    CHECK(check(File{.bytes = 5, .path_bytes = 3, .mode = 0444}, 8) == 0);
    CHECK(check(File{.bytes = 6, .path_bytes = 3, .mode = 0444}, 8) == EPROTO);
    CHECK(check(File{.bytes = 0, .path_bytes = 9, .mode = 0444}, 8) == EPROTO);
    CHECK(check(File{.bytes = ~std::uint64_t{0}, .path_bytes = 3, .mode = 0444}, 8) == EPROTO);
    CHECK(check(File{.bytes = 0, .path_bytes = 0, .mode = 0444}, 8) == EPROTO);
    CHECK(check(File{.bytes = 0, .path_bytes = 3, .mode = 04755}, 8) == EPROTO);
    CHECK(check(File{.bytes = 0, .path_bytes = max_path_bytes + 1}, 9000) == ENAMETOOLONG);
    CHECK(check(Put{.directory = Directory::Secrets}) == 0);
    CHECK(check(Put{.directory = Directory{0}}) == EPROTO);
    CHECK(check(Put{.directory = Directory{3}}) == EPROTO);
}

TEST_CASE("The name of a file leads nowhere else") {
    const auto result = [](std::string_view name) { return check_name(name.data(), name.size()); };
    using namespace std::string_view_literals;
    for (const auto name : {"a\0"sv, "...\0"sv, ".a\0"sv, "..a\0"sv, "a b\n\0"sv, "\xFF\0"sv})
        CHECK(result(name) == 0);
    for (const auto name : {"\0"sv, ".\0"sv, "..\0"sv, "/\0"sv, "a/b\0"sv, "../a\0"sv, "/a\0"sv})
        CHECK(result(name) == EINVAL);
    for (const auto name : {""sv, "a"sv, "a\0b\0"sv, "..\0\0"sv}) CHECK(result(name) == EPROTO);
    CHECK(result("a/\0"sv) == EINVAL);
}

TEST_CASE("The path of a file leads nowhere but below its directory") {
    const auto result = [](std::string_view path) { return check_path(path.data(), path.size()); };
    using namespace std::string_view_literals;
    for (const auto path : {"a\0"sv, "a/b\0"sv, "a/.b/...\0"sv, "a b/\n\0"sv, "a/b/\0"sv, "a/\0"sv})
        CHECK(result(path) == 0);
    for (const auto path :
         {"\0"sv,
          "/\0"sv,
          "//\0"sv,
          "/a\0"sv,
          "a//b\0"sv,
          "a//\0"sv,
          "./a\0"sv,
          "../a\0"sv,
          "a/..\0"sv,
          "a/../\0"sv,
          "a/./b\0"sv})
        CHECK(result(path) == EINVAL);
    for (const auto path : {""sv, "a/b"sv, "a/"sv, "a\0/b\0"sv, "a/\0\0"sv})
        CHECK(result(path) == EPROTO);
    CHECK(is_directory("a/", 3));
    CHECK_FALSE(is_directory("a/b", 4));
    CHECK_FALSE(is_directory("a", 2));
}

TEST_CASE("Signals are those that there are") {
    CHECK(check(Signal{.number = 0}) == EPROTO);
    CHECK(check(Signal{.number = 1}) == 0);
    CHECK(check(Signal{.number = 64}) == 0);
    CHECK(check(Signal{.number = 65}) == EPROTO);
}

// Nothing of it needs more than the compiler.
static_assert([] {
    std::array<char, sizeof(Exec) + 6> body{};
    struct Bytes {
        char at[sizeof(Exec)];
    };
    const auto exec = std::bit_cast<Bytes>(Exec{.arguments = 1});
    for (std::size_t i = 0; i < sizeof(Exec); ++i) body[i] = exec.at[i];
    constexpr std::string_view text{"h\0\0ls\0", 6};
    for (std::size_t i = 0; i < text.size(); ++i) body[sizeof(Exec) + i] = text[i];
    std::array<char*, 3> strings{};
    Command command;
    return read_exec(body.data(), body.size(), strings.data(), strings.size(), command) == 0 &&
           std::string_view{command.arguments[0]} == "ls" && command.directory[0] == '\0';
}());

static_assert(sizeof(Head) == 24 && sizeof(Tell) == 48, "the format is this one on every machine");
static_assert(agent_uid(0) != 0 && agent_uid(1000) == 0, "the agent is never the cell's user");
