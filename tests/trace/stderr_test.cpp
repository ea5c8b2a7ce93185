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
#include <thread>
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
    backend.on_execute = [&](const auto& cell, const auto& context) -> Result<ExitStatus> {
        const CellRef life{cell.cell_id, context.run_id};
        const AnySpan span = begin_span(spans_of(tracer), "runsc run", life);
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

class Terminal {
public:
    Terminal() {
        REQUIRE(screen_);
        REQUIRE(::grantpt(screen_.get()) == 0);
        REQUIRE(::unlockpt(screen_.get()) == 0);
        auto terminal = os::open_at(AT_FDCWD, ::ptsname(screen_.get()), O_RDWR | O_NOCTTY);
        REQUIRE(terminal);
        terminal_ = *std::move(terminal);
    }

    [[nodiscard]] int fd() const { return terminal_.get(); }

    // What was written, at least as far as to `end`, without what differs from run to run.
    [[nodiscard]] std::string text_until(const std::string& end) const {
        std::string text;
        for (pollfd waited{screen_.get(), POLLIN, 0};
             text.find(end) == std::string::npos && ::poll(&waited, 1, 5000) == 1;) {
            char part[4096];
            const ssize_t got = ::read(screen_.get(), part, sizeof part);
            if (got <= 0) break;
            text.append(part, static_cast<std::size_t>(got));
        }
        return without_times(std::regex_replace(text, std::regex{"\r"}, ""));
    }

private:
    os::Descriptor screen_{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    os::Descriptor terminal_{};
};

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

TEST_CASE("A line is indented by what its life has under way, whichever threads that is on") {
    auto pipe = os::make_pipe();
    REQUIRE(pipe);
    {
        StderrTracer tracer{pipe->write_end.get()};
        const SpanFactory spans = spans_of(tracer);
        const CellRef one{"cell-1", "run-1"};
        const CellRef namesake{"cell-1", "run-2"};
        const auto elsewhere = [](auto work) { std::jthread{work}.join(); };

        AnySpan run = begin_span(spans, "run", one);
        AnySpan create = begin_span(spans, "create", namesake); // not inside run-1's
        AnySpan call = begin_span(spans, "call", one);
        begin_span(spans, "flags", {}).reset(); // of no life, so in none
        elsewhere([&] {
            begin_span(spans, "call in call", one).reset();
            create.reset();
            call.reset();
        });
        elsewhere([&] {
            run.reset();
            begin_span(spans, "destroy", namesake).reset();
        });
        begin_span(spans, "destroy", one).reset();
    }
    pipe->write_end.reset();
    CHECK(
        without_times(os::read_all(pipe->read_end.get()).value()) ==
        "cellos: flags 0 ms\n"
        "cell-1:     call in call 0 ms\n"
        "cell-1: create 0 ms\n"
        "cell-1:   call 0 ms\n"
        "cell-1: run 0 ms\n"
        "cell-1: destroy 0 ms\n"
        "cell-1: destroy 0 ms\n"
    );
}

TEST_CASE("On a terminal a phase shows while it lasts, and the workload's lines stay") {
    const Terminal terminal;
    run_traced(terminal.fd());
    CHECK(
        terminal.text_until("destroy  ") ==
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

TEST_CASE("On a terminal the lines of a workload stay also where another cell's phase ends") {
    const Terminal terminal;
    StderrTracer tracer{terminal.fd()};
    const SpanFactory spans = spans_of(tracer);
    AnySpan run = begin_span(spans, "run", {"cell-1", "run-1"});
    AnySpan create = begin_span(spans, "create", {"cell-2", "run-2"});
    static_cast<void>(os::write_all(terminal.fd(), "from the workload\n"));
    create.reset();
    run.reset();
    CHECK(
        terminal.text_until("run  ") == "cell-1: run …\n"
                                        "cell-2: create …\n"
                                        "from the workload\n"
                                        "cell-2: create 0 ms\n"
                                        "cell-1: run 0 ms\n"
    );
}

#endif
