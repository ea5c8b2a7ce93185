// Whole lines, whoever writes and whatever the disk does.

#ifdef __linux__

#include "support/catch.hpp"
#include "support/lines_of.hpp"
#include "support/scripted_backend.hpp"
#include "support/soft_limit.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/host/stub.hpp>
#include <cellos/sink/json_lines.hpp>
#include <cellos/supervisor.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace cellos;
using namespace cellos_test;
using Kind = CellosError::Kind;
using Catch::Matchers::ContainsSubstring;

namespace {

CloudEvent event(std::string id, std::size_t size = 10) {
    return {.id = std::move(id), .data = CellStarted{.cell_id = std::string(size, 'x')}};
}

} // namespace

TEST_CASE("The JSON lines sink writes a line of JSON per event, behind what is there") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "events.jsonl";
    for (int i = 0; i < 2; ++i) {
        Supervisor supervisor{StubCellBackend{}, JsonLinesEventSink{path}};
        const auto report = supervisor.run(lifecycle_document("cell-" + std::to_string(i)));
        REQUIRE(report);
        CHECK(report->port_errors.empty());
    }
    const auto lines = lines_of(path);
    REQUIRE(lines.size() == 6);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto json = nlohmann::json::parse(lines[i]);
        CHECK(json.at("subject") == "urn:cellos:cell:cell-" + std::to_string(i / 3));
        CHECK(json.at("specversion") == "1.0");
    }
}

TEST_CASE("A file of events that cannot be opened is an error at once, or with each event") {
    const std::filesystem::path nowhere = "/no/such/directory/events.jsonl";
    const auto opened = JsonLinesEventSink::open(nowhere);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().kind == Kind::EventSink);
    CHECK_THAT(opened.error().message, ContainsSubstring(nowhere.native()));

    Supervisor supervisor{StubCellBackend{}, JsonLinesEventSink{nowhere}};
    const auto report = supervisor.run(lifecycle_document());
    REQUIRE(report);
    CHECK(report->outcome == Outcome::Succeeded);
    REQUIRE(report->port_errors.size() == 3);
    CHECK_THAT(report->port_errors[0].message, ContainsSubstring("event sink json-lines (port 1)"));
    CHECK_THAT(report->port_errors[0].message, ContainsSubstring(nowhere.native()));
}

TEST_CASE("Threads and processes share a file of events without mixing their lines") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "events.jsonl";
    constexpr int threads = 4;
    constexpr int each = 50;
    const auto write = [&](const std::string& who) {
        JsonLinesEventSink sink{path};
        std::vector<std::jthread> pool;
        for (int t = 0; t < threads; ++t)
            pool.emplace_back([&, t] {
                for (int i = 0; i < each; ++i) {
                    const auto id = who + '-' + std::to_string(t) + '-' + std::to_string(i);
                    static_cast<void>(sink.emit(event(id, 3000)));
                }
            });
    };
    const pid_t child = ::fork();
    if (child == 0) {
        write("child");
        ::_exit(0);
    }
    write("parent");
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);

    std::set<std::string> ids;
    for (const std::string& line : lines_of(path))
        ids.insert(nlohmann::json::parse(line).at("id").get<std::string>());
    CHECK(ids.size() == 2U * threads * each);
}

TEST_CASE("A full disk leaves no half line behind, and events go on once there is room") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "events.jsonl";
    JsonLinesEventSink sink{path};
    REQUIRE(sink.emit(event("first", 100)));
    const auto size = std::filesystem::file_size(path);
    {
        const cellos_tests::SoftLimit limit{RLIMIT_FSIZE, size + 50};
        const auto refused = sink.emit(event("second", 100));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == Kind::EventSink);
        CHECK_THAT(refused.error().message, ContainsSubstring("File too large"));
        CHECK(std::filesystem::file_size(path) == size);
    }
    REQUIRE(sink.emit(event("third", 100)));
    const auto lines = lines_of(path);
    REQUIRE(lines.size() == 2);
    CHECK(nlohmann::json::parse(lines[1]).at("id") == "third");
}

TEST_CASE("Without any room at all each event is an error in the report, and the cell is as it was"
) {
    Supervisor supervisor{StubCellBackend{}, JsonLinesEventSink{"/dev/full"}};
    const auto report = supervisor.run(lifecycle_document());
    REQUIRE(report);
    CHECK(report->outcome == Outcome::Succeeded);
    CHECK(report->teardown.destroyed);
    REQUIRE(report->port_errors.size() == 3);
    for (const CellosError& error : report->port_errors) {
        CHECK(error.kind == Kind::EventSink);
        CHECK_THAT(error.message, ContainsSubstring("No space left on device"));
    }
}

TEST_CASE("Another process that keeps the file's lock costs an event and not the cell") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "events.jsonl";
    JsonLinesEventSink sink{path};
    REQUIRE(sink.emit(event("first")));
    {
        const auto other = os::open_at(AT_FDCWD, path.c_str(), O_RDONLY);
        REQUIRE(other);
        REQUIRE(::flock(other->get(), LOCK_EX) == 0);
        const auto refused = sink.emit(event("second"));
        REQUIRE_FALSE(refused);
        CHECK_THAT(refused.error().message, ContainsSubstring("cannot lock the file of events"));
    }
    REQUIRE(sink.emit(event("third")));
    CHECK(lines_of(path).size() == 2);
}

TEST_CASE("The JSON lines sink writes to a pipe as well") {
    auto pipe = os::make_pipe();
    REQUIRE(pipe);
    {
        JsonLinesEventSink sink{std::move(pipe->write_end)};
        REQUIRE(sink.emit(event("first")));
        REQUIRE(sink.emit(event("second")));
    }
    const auto text = os::read_all(pipe->read_end.get());
    REQUIRE(text);
    CHECK(std::count(text->begin(), text->end(), '\n') == 2);
}

#endif
