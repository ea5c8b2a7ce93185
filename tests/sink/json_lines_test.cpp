// Whole lines, whoever writes and whatever the disk does.

#ifdef __linux__

#include "support/catch.hpp"
#include "support/forked_program.hpp"
#include "support/lines_of.hpp"
#include "support/scripted_backend.hpp"
#include "support/soft_limit.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/host/stub.hpp>
#include <cellos/json/parse_event.hpp>
#include <cellos/os/wait.hpp>
#include <cellos/sink/json_lines.hpp>
#include <cellos/supervisor.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/resource.h>
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

TEST_CASE("A full disk leaves a blank line for a half one, and events go on once there is room") {
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
        REQUIRE_FALSE(sink.emit(event("third", 100)));
        CHECK(std::filesystem::file_size(path) == size + 50);
    }
    REQUIRE(sink.emit(event("fourth", 100)));
    const auto lines = lines_of(path);
    REQUIRE(lines.size() == 3);
    CHECK(nlohmann::json::parse(lines[0]).at("id") == "first");
    CHECK(lines[1] == std::string(49, ' '));
    CHECK(nlohmann::json::parse(lines[2]).at("id") == "fourth");
}

TEST_CASE("A write beyond RLIMIT_FSIZE is an error of the event and no signal") {
    const TemporaryDirectory directory;
    JsonLinesEventSink sink{directory.path() / "events.jsonl"};
    REQUIRE(sink.emit(event("first", 100)));
    cellos_tests::ForkedProgram program{[&] {
        const rlimit nothing_more{0, 0};
        ::setrlimit(RLIMIT_FSIZE, &nothing_more);
        return sink.emit(event("second", 100)) ? 1 : 0;
    }};
    CHECK(program.wait() == 0);
}

TEST_CASE("While the disk is full programs take nothing from each other") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "events.jsonl";
    // One program can write, the other mostly gets a part of a line written and takes it back.
    JsonLinesEventSink has_room{path};
    REQUIRE(has_room.emit(event("0", 1000)));
    cellos_tests::ForkedProgram program{[&] {
        JsonLinesEventSink sink{path};
        std::signal(SIGXFSZ, SIG_IGN);
        for (int i = 0; i < 3000; ++i) {
            const rlimit little{std::filesystem::file_size(path) + 700, RLIM_INFINITY};
            ::setrlimit(RLIMIT_FSIZE, &little);
            static_cast<void>(sink.emit(event("taken back", 1000)));
        }
        return 0;
    }};
    int written = 1;
    while (!os::is_ready(program.pidfd(), POLLIN))
        REQUIRE(has_room.emit(event(std::to_string(written++), 1000)));
    CHECK(program.wait() == 0);

    int next = 0;
    for (const std::string& line : lines_of(path)) {
        if (line.find_first_not_of(' ') == line.npos) continue;
        const auto id = nlohmann::json::parse(line).at("id").get<std::string>();
        if (id != "taken back") REQUIRE(id == std::to_string(next++));
    }
    CHECK(next == written);
}

TEST_CASE("A line that a killed program left unfinished costs no event of another") {
    const TemporaryDirectory directory;
    const auto path = directory.write("events.jsonl", "{\"specversion\":\"1.0\",\"id\":\"ha");
    JsonLinesEventSink sink{path};
    REQUIRE(sink.emit(event("first")));
    REQUIRE(sink.emit(event("second")));
    const auto lines = lines_of(path);
    REQUIRE(lines.size() == 3);
    CHECK(nlohmann::json::parse(lines[1]).at("id") == "first");
    CHECK(nlohmann::json::parse(lines[2]).at("id") == "second");
}

TEST_CASE("An event that nobody could read again is an error, and any other is read") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "events.jsonl";
    JsonLinesEventSink sink{path};
    const auto with_text = [](std::size_t size) {
        CloudEvent large = event("large", size);
        large.type = event_type(large.data);
        return large;
    };
    // What a label of the largest document may become: "\u0001" of each byte, and more.
    REQUIRE(sink.emit(with_text(most_event_bytes / 2)));
    const auto refused = sink.emit(with_text(most_event_bytes));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == Kind::EventSink);
    CHECK_THAT(refused.error().message, ContainsSubstring("could be read again"));
    const auto lines = lines_of(path);
    REQUIRE(lines.size() == 1);
    CHECK(parse_event(lines[0]));
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

TEST_CASE("No lock that others hold on the file costs an event or time") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "events.jsonl";
    JsonLinesEventSink sink{path};
    REQUIRE(sink.emit(event("first")));
    // Whoever may read the file may hold these.
    const auto other = os::open_at(AT_FDCWD, path.c_str(), O_RDONLY);
    REQUIRE(other);
    REQUIRE(::flock(other->get(), LOCK_EX) == 0);
    struct flock whole {};
    whole.l_type = F_RDLCK;
    REQUIRE(::fcntl(other->get(), F_OFD_SETLK, &whole) == 0);
    REQUIRE(sink.emit(event("second")));
    REQUIRE(JsonLinesEventSink{path}.emit(event("third")));
    CHECK(lines_of(path).size() == 3);
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

TEST_CASE("A reader that takes nothing costs events and not the cell, and gets whole lines later") {
    auto pipe = os::make_pipe();
    REQUIRE(pipe);
    JsonLinesEventSink sink{std::move(pipe->write_end)};
    // More than fits.
    const auto begun = sink.emit(event("begun", 200'000));
    REQUIRE_FALSE(begun);
    CHECK(begun.error().kind == Kind::EventSink);
    CHECK_THAT(begun.error().message, ContainsSubstring("nobody reads the events"));
    for (int i = 0; i < 100; ++i) REQUIRE_FALSE(sink.emit(event("lost"))); // each at once

    std::string text;
    std::jthread reader{[&] { text = os::read_all(pipe->read_end.get()).value(); }};
    // The reader has what was begun some time.
    while (!sink.emit(event("later"))) std::this_thread::yield();
    { const JsonLinesEventSink closed = std::move(sink); }
    reader.join();
    std::istringstream lines{text};
    std::vector<std::string> ids;
    for (std::string line; std::getline(lines, line);)
        ids.push_back(nlohmann::json::parse(line).at("id").get<std::string>());
    CHECK(ids == std::vector<std::string>{"begun", "later"});
}

TEST_CASE("A reader that has gone is an error of the event and no signal") {
    auto pipe = os::make_pipe();
    REQUIRE(pipe);
    JsonLinesEventSink sink{std::move(pipe->write_end)};
    pipe->read_end.reset();
    const auto refused = sink.emit(event("first"));
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, ContainsSubstring("Broken pipe"));
}

#endif
