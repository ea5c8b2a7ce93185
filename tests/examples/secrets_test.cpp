// What cellos-run says, writes and leaves: never a secret, whichever way a run goes.
#include "examples/program.hpp"
#include "support/catch.hpp"
#include "support/marker.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/os/state_directory.hpp>

#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

using namespace cellos_test;
using Json = nlohmann::json;

namespace {

// One way for a run to go, and the exit code that shows that it went there.
struct Way {
    std::string name;
    int code;
    std::vector<std::string> argv;
    std::vector<std::string> options{};
    Json patch = Json::object(); // of `spec`, as JSON merge patch
    std::optional<int> signal{};
};

std::vector<Way> ways(const std::string& condition) {
    const auto shell = [&](const std::string& script) {
        return std::vector<std::string>{"/bin/sh", "-c", condition + " && " + script};
    };
    return {
        {"success", 0, shell("exit 0")},
        {"exit code", 7, shell("exit 7")},
        {"signal", 139, shell("kill -SEGV $$")},
        {"no such command", 127, {"no-such"}},
        {"not executable", 126, {"/etc/passwd"}},
        {.name = "time-out",
         .code = 124,
         .argv = shell("exec sleep 60"),
         .patch = {{"run", {{"timeoutMs", 1000}}}}},
        {.name = "too much output",
         .code = 153,
         .argv = shell("exec yes"),
         .patch = {{"run", {{"limits", {{"maxOutputBytes", 1000}}}}}}},
        {.name = "cancelled",
         .code = 130,
         .argv = shell("echo begun; exec sleep 60"),
         .signal = SIGTERM},
        {.name = "a second secret that is missing",
         .code = 125,
         .argv = shell("exit 0"),
         .patch = {{"authority", {{"secretRefs", {"TOKEN", "NOT_SET"}}}}}},
        {"no room for events", 125, shell("exit 0"), {"--events", "/dev/full"}},
        {"a bad backend", 125, shell("exit 0"), {"--backend", "none"}},
        {.name = "a bad document",
         .code = 125,
         .argv = shell("exit 0"),
         .patch = {{"more", "fields"}}},
    };
}

} // namespace

TEST_CASE("cellos-run tells nobody a secret, on success and on failures of every kind") {
    const cellos_tests::Marker token;
    const auto check = [&](const Way& way, std::vector<std::string> options, const char* delivery) {
        CAPTURE(way.name, options, delivery);
        const TemporaryDirectory directory;
        const auto file = [&](const char* name) { return (directory.path() / name).native(); };
        Json document{
            {"apiVersion", "cellos.io/v1"},
            {"kind", "ExecutionCell"},
            {"spec",
             {{"id", "secretive"},
              {"run", {{"argv", way.argv}, {"secretDelivery", delivery}}},
              {"authority", {{"secretRefs", {"TOKEN"}}}},
              {"lifetime", {{"ttlSeconds", 60}}}}}};
        document["spec"].merge_patch(way.patch);
        options.insert(
            options.end(), {"--watch", "--report", file("report"), "--trace", file("trace")}
        );
        options.insert(options.end(), way.options.begin(), way.options.end());
        if (way.options.empty() || way.options.front() != "--events")
            options.insert(options.end(), {"--events", file("events")});
        options.insert(options.end(), {"--secret", "TOKEN", "--secret", "NOT_SET"});
        options.emplace_back("-");
        const ProgramEnd end =
            Program{
                .arguments = options,
                .input = document.dump(),
                .environment =
                    {"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                     std::string{"TOKEN="}.append(token.secret().reveal())},
                .signal = way.signal}
                .run();
        CAPTURE(end.errors);
        CHECK(end.code == way.code);
        CHECK_FALSE(token.in(end.output));
        CHECK_FALSE(token.in(end.errors));
        CHECK(token.files_with_it(directory.path()).empty());
        CHECK(token.files_with_it(cellos::os::default_state_directory()).empty());
    };

    std::vector<std::string> gvisor;
    if (const char* runsc = std::getenv("CELLOS_TEST_RUNSC")) gvisor = {"--runsc", runsc};
    for (const Way& way : ways("test ${#TOKEN} = 32")) {
        check(way, gvisor, "env");
        if (way.options.empty() || way.options.front() != "--backend")
            check(way, {"--backend", "stub"}, "env");
    }
    for (const Way& way : ways("test -s /run/secrets/TOKEN")) check(way, gvisor, "file");
    check({"no runsc", 125, {"true"}, {"--runsc", "/no/such/runsc"}}, {}, "env");
    check({"no root file system", 125, {"true"}, {"--rootfs", "/no/such/place"}}, gvisor, "env");
}
