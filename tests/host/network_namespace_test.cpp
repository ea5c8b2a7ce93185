// Network namespaces for children: nothing of them can be seen or reached from outside.
#include "support/catch.hpp"
#include "support/forked_program.hpp"
#include "support/other_user.hpp"

#include <cellos/os/network_namespace.hpp>
#include <cellos/os/spawn.hpp>

#include <filesystem>
#include <string>
#include <utility>

using namespace cellos;
using namespace cellos_tests;

namespace {

std::string own_namespace(const char* kind) {
    return std::filesystem::read_symlink("/proc/self/ns/" + std::string{kind});
}

// What a shell script prints in the namespace.
std::string output_in(const os::NetworkNamespace& space, std::string script) {
    auto pipe = os::make_pipe().value();
    os::SpawnRequest request{
        .program = "/bin/sh",
        .argv = {"sh", "-c", std::move(script)},
        .environment = {"PATH=/usr/bin:/bin"},
        .stdio = {-1, pipe.write_end.get(), -1},
        .network_namespace = space.network.get(),
        .user_namespace = space.user.get()};
    auto child = os::spawn(request).value().release().value();
    pipe.write_end.reset();
    std::string text = os::read_all(pipe.read_end.get()).value();
    static_cast<void>(child.reap());
    return text;
}

constexpr const char* where = "readlink /proc/self/ns/net | tr -d '\\n'";

} // namespace

TEST_CASE("Children share a network namespace that the host program and others are not in") {
    if (::geteuid() != 0) CELLOS_SKIP("only root can do without a user namespace");
    const std::string before = own_namespace("net");
    const auto space = os::NetworkNamespace::make().value();
    CHECK_FALSE(space.user);
    const std::string inside = output_in(space, where);
    CHECK_THAT(inside, Catch::Matchers::StartsWith("net:["));
    CHECK(inside != before);
    CHECK(output_in(space, where) == inside);
    CHECK(output_in(os::NetworkNamespace::make().value(), where) != inside);
    CHECK(own_namespace("net") == before);
    // No device but loopback, and no socket.
    CHECK(
        output_in(space, "ls /sys/class/net >/dev/null; sed 1,2d /proc/self/net/dev | wc -l") ==
        "1\n"
    );
    CHECK(output_in(space, "sed 1d /proc/net/unix") == "");
}

TEST_CASE("Whoever is not root makes network namespaces in a user namespace, and stays who it is") {
    if (::geteuid() != 0) CELLOS_SKIP("only root can become somebody else");
    auto pipe = os::make_pipe().value();
    ForkedProgram program{[&] {
        if (!become_user(stranger)) return 1;
        const std::string before = own_namespace("net") + own_namespace("user");
        const auto space = os::NetworkNamespace::make();
        std::string told = space ? "" : space.error().message;
        if (space) {
            told = output_in(*space, "id -u; id -g; grep -c 'CapEff:.*[1-9a-f]' /proc/self/status");
            if (output_in(*space, where) == own_namespace("net")) told += "the same\n";
        }
        if (own_namespace("net") + own_namespace("user") != before) told += "moved\n";
        return os::write_all(pipe.write_end.get(), told) ? 0 : 1;
    }};
    pipe.write_end.reset();
    const std::string told = os::read_all(pipe.read_end.get()).value();
    CHECK(program.wait() == 0);
    if (told.starts_with("cannot make a user namespace")) CELLOS_SKIP(told);
    CHECK(told == "12345\n12345\n0\n");
}

TEST_CASE("A network namespace is made without a child that the host program could notice") {
    if (::geteuid() != 0) CELLOS_SKIP("only root can do without a user namespace");
    ForkedProgram program{[] {
        ::signal(SIGCHLD, [](int) { ::_exit(2); });
        if (!os::NetworkNamespace::make()) return 1;
        return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD ? 0 : 3;
    }};
    CHECK(program.wait() == 0);
}
