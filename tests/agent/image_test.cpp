// The agent travels inside of programs.
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/host/sandbox/agent/image.hpp>

#include <fstream>
#include <iterator>

using Catch::Matchers::ContainsSubstring;
using cellos::sandbox::agent::agent_program;
using cellos_test::TemporaryDirectory;

namespace {

std::string content_of(const char* file) {
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

} // namespace

TEST_CASE("The agent that was built is in the program") {
    const auto agent = agent_program({});
    REQUIRE(agent.has_value());
    CHECK(*agent == content_of(CELLOS_TEST_AGENT));
    CHECK(agent->size() < std::size_t{128} << 10);
}

TEST_CASE("A configured agent is taken from its file, which must be a program of this machine") {
    const TemporaryDirectory directory;
    const auto agent = agent_program(CELLOS_TEST_AGENT);
    REQUIRE(agent.has_value());
    CHECK(*agent == *agent_program({}));

    const auto refusal = [](const std::filesystem::path& file) {
        const auto refused = agent_program(file);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().kind == cellos::CellosError::Kind::Host);
        CHECK_THAT(refused.error().message, ContainsSubstring(file.native()));
        return refused.error().message;
    };
    refusal(directory.path() / "none");
    CHECK_THAT(
        refusal(directory.write("text", "#!/bin/sh\n")),
        ContainsSubstring("build the CMake target cellos-agent")
    );
    refusal(directory.write("empty", ""));
    std::string other = *agent;
    other[18] = static_cast<char>(other[18] ^ 1); // the machine
    refusal(directory.write("other", other));
    other = *agent;
    refusal(directory.write("large", other.append(std::size_t{1} << 20, '\0')));
    refusal(directory.write("cut", agent->substr(0, 40)));
}
