// Children: what they inherit, as they see it themselves.
#include "support/catch.hpp"
#include "support/soft_limit.hpp"

#include <cellos/os/spawn.hpp>
#include <cellos/os/stdio.hpp>

#include <string>
#include <utility>

using namespace cellos;

namespace {

// What a shell script prints that is started like this.
std::string output_of(os::SpawnRequest request, std::string script) {
    auto pipe = os::make_pipe().value();
    request.program = "/bin/sh";
    request.argv = {"sh", "-c", std::move(script)};
    request.environment = {"PATH=/usr/bin:/bin"};
    request.stdio[1] = pipe.write_end.get();
    auto child = os::spawn(request).value().release().value();
    pipe.write_end.reset();
    std::string text = os::read_all(pipe.read_end.get()).value();
    CHECK(child.reap().value().value == 0);
    return text;
}

// Of the script's own children. They are forked, and a fork cuts the table to what is open.
constexpr const char* table_size = "sed -n 's/^FDSize:[[:space:]]*//p' /proc/self/status; true";
constexpr const char* descriptors = "ls -vx /proc/self/fd; true";

} // namespace

TEST_CASE("A child inherits its standard streams and what it was given, and nothing else") {
    const auto open_in_the_parent = os::open_at(AT_FDCWD, "/dev/null", O_RDWR).value();
    const auto given = os::open_at(AT_FDCWD, "/dev/zero", O_RDONLY).value();
    // The last one is of `ls` itself.
    CHECK(output_of({}, descriptors) == "0  1  2  3\n");
    CHECK(output_of({.extra = {given.get()}}, descriptors) == "0  1  2  3  4\n");
    CHECK(output_of({.extra = {given.get()}}, "readlink /proc/self/fd/3") == "/dev/zero\n");
}

TEST_CASE("Room for descriptors is there in the child and in its children") {
    const auto given = os::open_at(AT_FDCWD, "/dev/zero", O_RDONLY).value();
    const auto roomy = [&] {
        return os::SpawnRequest{.extra = {given.get()}, .room_for_descriptors = 1024};
    };
    CHECK(std::stoi(output_of({}, table_size)) < 1024);
    CHECK(output_of(roomy(), table_size) == "1024\n");
    CHECK(output_of(roomy(), descriptors) == "0  1  2  3  4  1023\n");
    CHECK(
        output_of(roomy(), "readlink /proc/self/fd/1023 /proc/self/fd/3") ==
        "/dev/null\n/dev/zero\n"
    );

    const cellos_tests::SoftLimit few{RLIMIT_NOFILE, 100};
    CHECK(output_of(roomy(), descriptors) == "0  1  2  3  4\n");
}
