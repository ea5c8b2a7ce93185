// cellos-run as its users run it: arguments, standard streams, exit code.
#pragma once

#include <cellos/core/captured_output.hpp>
#include <cellos/core/stdio.hpp>
#include <cellos/os/pump.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/stdio.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cellos_test {

struct ProgramEnd {
    int code = -1; ///< 128+N for a signal
    std::string output{};
    std::string errors{};
};

/// One call of cellos-run, or of another program.
struct Program {
    std::vector<std::string> arguments{};
    std::string input{};
    std::vector<std::string> environment{"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"};
    /// Sent once the program has written something to stdout, or `until` has come back.
    std::optional<int> signal{};
    std::function<void()> until{};
    std::string program = CELLOS_RUN_PROGRAM;
    std::chrono::seconds patience{100};

    [[nodiscard]] ProgramEnd run() const {
        using namespace cellos;
        CapturedOutput captured;
        auto stdio = os::StdioBridge::open(Capture{.stdin_text = input}, captured).value();
        os::SpawnRequest request{.program = program, .argv = {"cellos-run"}};
        request.argv.insert(request.argv.end(), arguments.begin(), arguments.end());
        request.environment = environment;
        request.stdio = stdio.child_ends();
        auto held = os::spawn(request).value();
        auto child = std::move(held).release().value();
        stdio.close_child_ends();
        const auto deadline = os::Clock::now() + patience;
        if (signal) {
            if (until) {
                until();
            } else {
                static_cast<void>(os::wait_readable(stdio.waited()[0].fd, deadline));
            }
            child.signal(*signal);
        }
        if (os::pump_until(child.pidfd(), stdio, -1, deadline) != os::Wake::Ended)
            throw std::runtime_error{program + " did not end"};
        const auto status = child.reap().value();
        stdio.drain();
        return {
            status.signaled ? 128 + status.value : status.value,
            std::move(captured.stdout_text),
            std::move(captured.stderr_text)};
    }
};

/// With the runsc under test, if another than the one on PATH is to be tested.
[[nodiscard]] inline ProgramEnd cellos_run(
    std::vector<std::string> arguments, std::string input = {}
) {
    if (const char* runsc = std::getenv("CELLOS_TEST_RUNSC"))
        arguments.insert(arguments.begin(), {"--runsc", runsc});
    return Program{.arguments = std::move(arguments), .input = std::move(input)}.run();
}

} // namespace cellos_test
