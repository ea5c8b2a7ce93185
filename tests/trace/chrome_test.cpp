// A file that trace viewers open, complete at every moment.

#ifdef __linux__

#include "support/catch.hpp"
#include "support/scripted_backend.hpp"
#include "support/soft_limit.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/core/span.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/supervisor.hpp>
#include <cellos/trace/chrome.hpp>

#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace cellos;
using namespace cellos_test;
using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

namespace {

Json read_json(const std::filesystem::path& path) {
    std::ifstream file{path};
    return Json::parse(file);
}

// What a viewer shows of each track: its name, then its slices in the order of their begins, each
// indented by what it lies in. Fails where slices do not nest, or time goes back.
std::map<std::string, std::vector<std::string>> tracks(const Json& trace) {
    std::map<int, std::string> names;
    std::map<int, std::vector<std::string>> open;
    std::map<int, double> clocks;
    std::map<std::string, std::vector<std::string>> shown;
    for (const Json& event : trace) {
        CHECK(event.at("pid").is_number_integer());
        const int track = event.at("tid");
        const std::string phase = event.at("ph");
        if (phase == "M") {
            if (event.at("name") == "thread_name") names[track] = event.at("args").at("name");
            continue;
        }
        REQUIRE(names.contains(track));
        CHECK(event.at("ts").get<double>() >= clocks[track]);
        clocks[track] = event.at("ts");
        if (phase == "B") {
            const std::string slice = event.at("name");
            shown[names[track] + "#" + std::to_string(track)].push_back(
                std::string(open[track].size(), ' ') + slice
            );
            open[track].push_back(slice);
        } else {
            REQUIRE(phase == "E");
            REQUIRE_FALSE(open[track].empty());
            open[track].pop_back();
        }
    }
    return shown;
}

} // namespace

TEST_CASE("Cells are tracks, phases are slices, and a backend's own calls lie inside them") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "trace.json";
    auto tracer = ChromeTraceTracer::open(path);
    REQUIRE(tracer);
    CallLog log;
    ScriptedBackend backend{log};
    const SpanFactory spans = spans_of(*tracer);
    backend.on_create = [&](const auto& document) -> Result<CellHandle> {
        const AnySpan span = begin_span(spans, "flags", {});
        return CellHandle{.cell_id = document.spec.id};
    };
    backend.on_execute = [&](const auto& cell, const auto& context) -> Result<ExitStatus> {
        const AnySpan span = begin_span(spans, "run it", {cell.cell_id, context.run_id});
        return ExitStatus::exited(0);
    };
    Supervisor supervisor{std::ref(backend), std::ref(*tracer)};
    REQUIRE(supervisor.run(run_document())->port_errors.empty());
    REQUIRE(supervisor.run(lifecycle_document("cell-2")));
    { const auto span = tracer->begin("say \"hi\"", {"cell-3", "run"}); }
    CHECK(
        tracks(read_json(path)) ==
        std::map<std::string, std::vector<std::string>>{
            {"cell-1#1", {"admit", "create", "run", " run it", "destroy"}},
            {"cellos#2", {"flags", "flags"}},
            {"cell-2#3", {"admit", "create", "destroy"}},
            {"cell-3#4", {"say \"hi\""}},
        }
    );
}

TEST_CASE("A track is a life, whichever threads its spans begin and end on") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "trace.json";
    auto tracer = ChromeTraceTracer::open(path);
    REQUIRE(tracer);
    const SpanFactory spans = spans_of(*tracer);
    const CellRef one{"cell", "run-1"};
    const CellRef other{"cell", "run-2"};
    const auto elsewhere = [](auto work) { std::jthread{work}.join(); };

    // Two lives of one id, interleaved on one thread; each goes on and ends on another one.
    AnySpan run_one = begin_span(spans, "run", one);
    AnySpan run_other = begin_span(spans, "run", other);
    AnySpan call = begin_span(spans, "call", one);
    elsewhere([&] { run_other.reset(); });
    elsewhere([&] {
        begin_span(spans, "call in call", one).reset();
        call.reset();
        begin_span(spans, "destroy", other).reset();
    });
    run_one.reset();
    elsewhere([&] { begin_span(spans, "destroy", one).reset(); });

    // What no life is named for may overlap in any way.
    AnySpan first = begin_span(spans, "first", {});
    AnySpan second = begin_span(spans, "second", {});
    first.reset();
    AnySpan third = begin_span(spans, "third", {});
    second.reset();
    third.reset();
    CHECK(
        tracks(read_json(path)) ==
        std::map<std::string, std::vector<std::string>>{
            {"cell#1", {"run", " call", "  call in call", "destroy"}},
            {"cell#2", {"run", "destroy"}},
            {"cellos#3", {"first", "third"}},
            {"cellos#4", {"second"}},
        }
    );
}

TEST_CASE("Without a tracer a backend's spans cost nothing and are nothing") {
    CHECK_FALSE(begin_span({}, "run", {"cell", "run"}));
}

TEST_CASE("Threads trace into one file, each cell on a track of its own") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "trace.json";
    auto tracer = ChromeTraceTracer::open(path);
    REQUIRE(tracer);
    {
        std::vector<std::jthread> pool;
        for (int t = 0; t < 4; ++t)
            pool.emplace_back([&] {
                Supervisor supervisor{StubCellBackend{}, std::ref(*tracer)};
                for (int i = 0; i < 10; ++i) {
                    static_cast<void>(supervisor.run(lifecycle_document("one")));
                    static_cast<void>(supervisor.run(lifecycle_document("two")));
                }
            });
    }
    const auto shown = tracks(read_json(path));
    CHECK(shown.size() == 80);
    for (const auto& [track, slices] : shown)
        CHECK(slices == std::vector<std::string>{"admit", "create", "destroy"});
}

TEST_CASE("The trace of a program that was killed is complete JSON") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "trace.json";
    const pid_t child = ::fork();
    if (child == 0) {
        auto tracer = ChromeTraceTracer::open(path);
        CallLog log;
        ScriptedBackend backend{log};
        backend.on_execute = [](const auto&, const auto&) -> Result<ExitStatus> {
            ::raise(SIGKILL);
            return ExitStatus::exited(0);
        };
        static_cast<void>(Supervisor{std::ref(backend), std::ref(*tracer)}.run(run_document()));
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    const auto shown = tracks(read_json(path));
    CHECK(shown.at("cell-1#1") == std::vector<std::string>{"admit", "create", "run"});
}

TEST_CASE("A trace that cannot be written is an error at once, or told in the report") {
    CHECK_THAT(
        ChromeTraceTracer::open("/no/such/directory/trace.json").error().message,
        ContainsSubstring("/no/such/directory/trace.json")
    );
    CHECK_THAT(
        ChromeTraceTracer::open("/dev/null").error().message,
        ContainsSubstring("must be a regular file")
    );

    const TemporaryDirectory directory;
    const auto path = directory.path() / "trace.json";
    auto tracer = ChromeTraceTracer::open(path);
    REQUIRE(tracer);
    const auto report = [&] {
        const cellos_tests::SoftLimit full{RLIMIT_FSIZE, std::filesystem::file_size(path) + 100};
        return Supervisor{StubCellBackend{}, std::ref(*tracer)}.run(lifecycle_document());
    }();
    REQUIRE(report);
    CHECK(report->outcome == Outcome::Succeeded);
    REQUIRE_FALSE(report->port_errors.empty());
    CHECK_THAT(report->port_errors[0].message, ContainsSubstring("tracer chrome-trace (port 1)"));
    CHECK_THAT(report->port_errors[0].message, ContainsSubstring("File too large"));
    // No half of an event; the format allows the missing bracket.
    std::ifstream file{path};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    CHECK_NOTHROW(Json::parse(text + ']'));
}

#endif
