// Phases for people: plain lines in a file, live ones on a terminal.

#ifdef __linux__

#include "support/catch.hpp"
#include "support/scripted_backend.hpp"

#include <cellos/core/span.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/supervisor.hpp>
#include <cellos/trace/stderr.hpp>

#include <stdlib.h>

#include <functional>
#include <regex>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>

using namespace cellos;
using namespace cellos_test;

namespace {

// Runs a cell whose workload writes a line of its own to `fd`.
void run_traced(int fd) {
    CallLog log;
    ScriptedBackend backend{log};
    StderrTracer tracer{fd};
    backend.on_execute = [&](const CellHandle& cell, const auto&) -> Result<ExitStatus> {
        const AnySpan span = begin_span(spans_of(tracer), "runsc run", cell.cell_id);
        static_cast<void>(os::write_all(fd, "from the workload\n"));
        return ExitStatus::exited(0);
    };
    Supervisor supervisor{std::ref(backend), std::ref(tracer)};
    REQUIRE(supervisor.run(run_document()));
}

// Without what differs from run to run.
std::string without_times(const std::string& text) {
    return std::regex_replace(text, std::regex{" +[0-9]+\\.[0-9] ms"}, " 0 ms");
}

} // namespace

TEST_CASE("In a file each span is one line, once it has ended") {
    auto pipe = os::make_pipe();
    REQUIRE(pipe);
    run_traced(pipe->write_end.get());
    pipe->write_end.reset();
    CHECK(
        without_times(os::read_all(pipe->read_end.get()).value()) == "cell-1: admit 0 ms\n"
                                                                     "cell-1: create 0 ms\n"
                                                                     "from the workload\n"
                                                                     "cell-1:   runsc run 0 ms\n"
                                                                     "cell-1: run 0 ms\n"
                                                                     "cell-1: destroy 0 ms\n"
    );
}

TEST_CASE("On a terminal a phase shows while it lasts, and the workload's lines stay") {
    const os::Descriptor screen{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    REQUIRE(screen);
    REQUIRE(::grantpt(screen.get()) == 0);
    REQUIRE(::unlockpt(screen.get()) == 0);
    auto terminal = os::open_at(AT_FDCWD, ::ptsname(screen.get()), O_RDWR | O_NOCTTY);
    REQUIRE(terminal);
    run_traced(terminal->get());
    std::string text;
    for (pollfd waited{screen.get(), POLLIN, 0};
         text.find("destroy  ") == std::string::npos && ::poll(&waited, 1, 5000) == 1;) {
        char part[4096];
        const ssize_t got = ::read(screen.get(), part, sizeof part);
        if (got <= 0) break;
        text.append(part, static_cast<std::size_t>(got));
    }
    CHECK(
        without_times(std::regex_replace(text, std::regex{"\r"}, "")) ==
        "cell-1: admit …\n\x1b[1A\x1b[2Kcell-1: admit 0 ms\n"
        "cell-1: create …\n\x1b[1A\x1b[2Kcell-1: create 0 ms\n"
        "cell-1: run …\n"
        "cell-1:   runsc run …\n"
        "from the workload\n"
        "cell-1:   runsc run 0 ms\n"
        "cell-1: run 0 ms\n"
        "cell-1: destroy …\n\x1b[1A\x1b[2Kcell-1: destroy 0 ms\n"
    );
}

#endif
