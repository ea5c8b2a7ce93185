// Programs are killed in the middle of their work; a recovery finds and removes what they leave,
// and touches nothing else.
#include "support/catch.hpp"
#include "support/forked_program.hpp"
#include "support/gvisor_fixture.hpp"
#include "support/seed.hpp"
#include "support/soft_limit.hpp"

#include <cellos/host/sandbox/record.hpp>
#include <cellos/supervisor.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::array all_phases{
    Phase::Admit,
    Phase::Create,
    Phase::Secrets,
    Phase::Started,
    Phase::Run,
    Phase::Export,
    Phase::Destroy,
    Phase::Revoke,
    Phase::Destroyed};

/// A tracer that says in shared memory which phase a cell has come to.
struct PhaseMark {
    std::atomic<Phase>* reached;

    struct Span {};
    Span begin(std::string_view span, const CellRef&) const {
        for (const Phase phase : all_phases)
            if (to_string(phase) == span) reached->store(phase);
        return {};
    }
};

/// Ends with the number of cells removed, or 100 if anything was wrong.
int recover_in(const GVisorConfig& config) {
    const auto report = GVisorCellBackend{config}.recover();
    return report && report->errors.empty() ? static_cast<int>(report->removed.size()) : 100;
}

/// Runs `count` cells at once, says so when all of their workloads are running, and waits.
ForkedProgram program_with_cells(const GVisorConfig& config, int count) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    ForkedProgram program{[&] {
        Supervisor supervisor{GVisorCellBackend{config}};
        std::vector<std::jthread> threads;
        for (int i = 0; i < count; ++i) {
            threads.emplace_back([&supervisor, i, output = ends[1]] {
                RunOptions options{.stdio = Descriptors{.stdout_fd = output}};
                static_cast<void>(supervisor.run(
                    shell_document("echo; exec sleep 1000", "cell-" + std::to_string(i)),
                    std::move(options)
                ));
            });
        }
        return 0;
    }};
    ::close(ends[1]);
    for (int i = 0; i < count; ++i) {
        char line = 0;
        REQUIRE(::read(ends[0], &line, 1) == 1);
    }
    ::close(ends[0]);
    return program;
}

std::filesystem::path only_file_in(const std::filesystem::path& directory) {
    const std::filesystem::directory_iterator files{directory};
    REQUIRE(std::distance(begin(files), end(files)) == 1);
    return std::filesystem::directory_iterator {
        directory
    } -> path();
}

ExecutionCellDocument limited(ExecutionCellDocument document) {
    document.spec.run->limits =
        Limits{.memory_max_bytes = std::int64_t{256} << 20, .max_processes = 50};
    return document;
}

} // namespace

TEST_CASE("A program is killed at 100 random moments of a cell's life, and recovery leaves nothing"
) {
    const StateDirectory state;
    SharedMemory<std::atomic<Phase>> reached;
    Supervisor supervisor{GVisorCellBackend{state.config()}, PhaseMark{&*reached}};
    GVisorCellBackend recovering{state.config()};

    ExecutionCellDocument only_life;
    only_life.spec.id = "only-life";
    only_life.spec.lifetime.ttl_seconds = 60;
    const std::vector<ExecutionCellDocument> documents{
        shell_document("sleep 0.05", "plain"),
        limited(cell_document({"true"}, "limited")),
        only_life,
    };
    // Also finds out what this host offers, so that the programs spend their time in cells.
    std::vector<Milliseconds> lives;
    for (const auto& document : documents) {
        const auto start = os::Clock::now();
        REQUIRE(supervisor.run(document).has_value());
        lives.emplace_back(os::Clock::now() - start);
    }

    const auto seed = chosen_seed();
    CAPTURE(seed);
    std::mt19937 random{seed};
    const auto before = residue(state.path());
    std::map<Phase, int> killed_during;
    std::vector<Milliseconds> times;
    std::size_t removed = 0;
    for (std::size_t i = 0; i < 100; ++i) {
        const std::size_t kind = i % documents.size();
        const Milliseconds delay{
            std::uniform_real_distribution{0.0, 1.5 * lives[kind].count()}(random)};
        CAPTURE(i, documents[kind].spec.id, delay.count());
        ForkedProgram program{[&] {
            for (;;) {
                RunOptions options{.inputs = {{"input", std::string{"text"}}}};
                if (kind == 2) options = {};
                if (!supervisor.run(documents[kind], std::move(options))) return 1;
            }
        }};
        const auto until =
            os::Clock::now() + std::chrono::duration_cast<os::Clock::duration>(delay);
        REQUIRE_FALSE(os::wait_readable(program.pidfd(), until));
        program.kill();
        ++killed_during[reached->load()];

        const auto start = os::Clock::now();
        const auto report = recovering.recover();
        times.emplace_back(os::Clock::now() - start);
        if (!report) FAIL(report.error().what());
        for (const auto& error : report->errors) FAIL_CHECK(error.what());
        CHECK(report->live == 0);
        CHECK(report->removed.size() <= 1);
        removed += report->removed.size();
        REQUIRE(left_behind(before, residue(state.path())) == "");
    }
    CHECK(removed > 50);
    std::ranges::sort(times);
    std::string moments;
    for (const auto& [phase, count] : killed_during)
        moments += " " + std::string{to_string(phase)} + " " + std::to_string(count);
    WARN(
        "killed during:" << moments << "; cells removed: " << removed << "; recovery took "
                         << times[times.size() / 2].count() << " ms, at most "
                         << times.back().count() << " ms"
    );
}

TEST_CASE("Recovery leaves the cells of living programs alone") {
    const StateDirectory state;
    GVisorCellBackend backend{state.config()};
    const auto created = backend.create(cell_document({"true"}, "only-created"));
    REQUIRE(created.has_value());
    auto living = program_with_cells(state.config(), 2);
    auto dead = program_with_cells(state.config(), 2);
    dead.kill();

    auto recovering = GVisorCellBackend{state.config()};
    const auto report = recovering.recover();
    REQUIRE(report.has_value());
    CHECK(report->live == 3);
    CHECK(
        std::multiset<std::string>(report->removed.begin(), report->removed.end()) ==
        std::multiset<std::string>{"cell-0", "cell-1"}
    );
    CHECK(report->errors.empty());
    CHECK(backend.recover()->live == 3);

    CHECK(backend.destroy(*created).value() == TeardownReport{"only-created", true, 0});
    CHECK_FALSE(os::wait_readable(living.pidfd(), os::Clock::now()));
    CHECK(sandbox_processes(state.path().native()).size() >= 6);
    living.kill();
    CHECK(backend.recover()->removed.size() == 2);
    CHECK(std::filesystem::is_empty(state.path()));
}

TEST_CASE("A cell that is made and run while recoveries go on is not disturbed") {
    const StateDirectory state;
    Supervisor supervisor{GVisorCellBackend{state.config()}};
    std::atomic<int> recoveries = 0;
    {
        std::jthread recovering{[&](const std::stop_token& stop) {
            GVisorCellBackend backend{state.config()};
            for (; !stop.stop_requested(); ++recoveries) {
                const auto report = backend.recover();
                if (!report || !report->removed.empty() || !report->errors.empty()) {
                    recoveries = -1;
                    return;
                }
            }
        }};
        for (int i = 0; i < 20; ++i) {
            const auto report = supervisor.run(cell_document({"true"}));
            if (!report) FAIL(report.error().what());
            CHECK(report->outcome == Outcome::Succeeded);
        }
    }
    CHECK(recoveries > 20);
    CHECK(std::filesystem::is_empty(state.path()));
}

TEST_CASE("Two programs that recover at once share the work and both return when it is done") {
    const StateDirectory state;
    REQUIRE(Supervisor{GVisorCellBackend{state.config()}}.run(cell_document({"true"})).has_value());
    const auto before = residue(state.path());
    program_with_cells(state.config(), 8).kill();
    ForkedProgram one{[&] { return recover_in(state.config()); }};
    ForkedProgram other{[&] { return recover_in(state.config()); }};
    const int first = one.wait();
    CHECK(std::filesystem::is_empty(state.path()));
    CHECK(first + other.wait() == 8);
    CHECK(left_behind(before, residue(state.path())) == "");
}

TEST_CASE("A recovery that is killed in the middle can be repeated") {
    const StateDirectory state;
    REQUIRE(Supervisor{GVisorCellBackend{state.config()}}.run(cell_document({"true"})).has_value());
    const auto before = residue(state.path());
    const auto seed = chosen_seed();
    CAPTURE(seed);
    std::mt19937 random{seed};
    int left_by_the_killed = 0;
    for (int i = 0; i < 20; ++i) {
        program_with_cells(state.config(), 4).kill();
        {
            ForkedProgram recovering{[&] { return recover_in(state.config()); }};
            const auto delay =
                std::chrono::microseconds{std::uniform_int_distribution{0, 10000}(random)};
            static_cast<void>(os::wait_readable(recovering.pidfd(), os::Clock::now() + delay));
        }
        const auto report = GVisorCellBackend{state.config()}.recover();
        REQUIRE(report.has_value());
        CHECK(report->errors.empty());
        left_by_the_killed += static_cast<int>(report->removed.size());
        REQUIRE(left_behind(before, residue(state.path())) == "");
    }
    WARN("cells that were left for the last recovery: " << left_by_the_killed << " of 80");
}

TEST_CASE("A child of a dead program that is about to become runsc is waited for") {
    const StateDirectory state;
    std::filesystem::create_directory(state.path());
    std::filesystem::permissions(state.path(), std::filesystem::perms::owner_all);
    const auto directory = os::open_at(AT_FDCWD, state.path().c_str(), O_RDONLY | O_DIRECTORY);
    REQUIRE(directory.has_value());
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    // The owner makes a record and dies; its child lives on with the lock.
    ForkedProgram owner{[&] {
        auto record = sandbox::RecordFile::create(directory->get(), [&](const std::string& id) {
            return sandbox::CellRecord{
                .cell_id = "held", .owner = ::getpid(), .directory = (state.path() / id).native()};
        });
        if (!record) return 1;
        if (::fork() == 0) {
            ::close(ends[1]);
            char end = 0;
            static_cast<void>(!::read(ends[0], &end, 1));
            ::_exit(0);
        }
        return 0;
    }};
    REQUIRE(owner.wait() == 0);
    // Whoever waits for the lock looks into the record each time, to see whether its owner lives.
    const os::Descriptor looks{::inotify_init1(IN_CLOEXEC)};
    const auto record = only_file_in(state.path());
    REQUIRE(::inotify_add_watch(looks.get(), record.c_str(), IN_ACCESS) != -1);
    std::atomic<bool> let_go = false;
    std::jthread releasing{[&] {
        for (int look = 0; look < 3; ++look) {
            if (!os::wait_readable(looks.get(), os::Clock::now() + 10s)) break;
            inotify_event event{};
            static_cast<void>(!::read(looks.get(), &event, sizeof event));
        }
        let_go = true;
        ::close(ends[1]);
    }};
    const auto report = GVisorCellBackend{state.config()}.recover();
    CHECK(let_go);
    releasing.join();
    ::close(ends[0]);
    REQUIRE(report.has_value());
    CHECK(report->live == 0);
    CHECK(report->removed == std::vector<std::string>{"held"});
    CHECK(std::filesystem::is_empty(state.path()));
}

TEST_CASE("Records that are damaged or lost are made up for, those of other versions are not") {
    const StateDirectory state;
    std::filesystem::create_directory(state.path());
    std::filesystem::permissions(state.path(), std::filesystem::perms::owner_all);
    const std::string id(20, 'a');
    const auto record = state.path() / (id + ".json");
    const auto cell = state.path() / id;
    const auto write = [&](std::string_view text) { std::ofstream{record} << text; };
    GVisorCellBackend backend{state.config()};

    SECTION("nothing there, not even the state directory") {
        std::filesystem::remove(state.path());
        const auto report = backend.recover();
        REQUIRE(report.has_value());
        CHECK(report->removed.empty());
        CHECK_FALSE(std::filesystem::exists(state.path()));
    }
    SECTION("damaged") {
        for (const char* text :
             {"",
              "{",
              "[]",
              "{\"version\":1}",
              "null",
              "\xff\x00",
              "{\"version\":1,\"cellId\":\"x\",\"owner\":1,\"directory\":\"/\","
              "\"controlGroups\":[\"/\",\"/sys/fs/cgroup\",\"/etc\",\"x\"]}"}) {
            CAPTURE(text);
            write(text);
            std::filesystem::create_directories(cell / "root" / "etc");
            const auto report = backend.recover();
            REQUIRE(report.has_value());
            CHECK(report->errors.empty());
            CHECK(report->removed.size() == 1);
            CHECK(std::filesystem::is_empty(state.path()));
        }
    }
    SECTION("begun by a program that died before it had made anything") {
        write("");
        const auto report = backend.recover();
        REQUIRE(report.has_value());
        CHECK(report->errors.empty());
        CHECK(report->removed.empty());
        CHECK(std::filesystem::is_empty(state.path()));
    }
    SECTION("lost") {
        std::filesystem::create_directories(cell / "bundle");
        const auto report = backend.recover();
        REQUIRE(report.has_value());
        CHECK(report->removed == std::vector<std::string>{id});
        CHECK(std::filesystem::is_empty(state.path()));
    }
    SECTION("deeper than any path, and there are few descriptors") {
        os::Descriptor current = os::open_at(AT_FDCWD, state.path().c_str(), O_DIRECTORY).value();
        for (int depth = 0; depth < 3000; ++depth) {
            const std::string name = depth == 0 ? id : "d";
            REQUIRE(::mkdirat(current.get(), name.c_str(), 0700) == 0);
            current = os::open_at(current.get(), name.c_str(), O_DIRECTORY).value();
        }
        current.reset();
        const SoftLimit few{RLIMIT_NOFILE, 64};
        const auto report = backend.recover();
        REQUIRE(report.has_value());
        CHECK(report->errors.empty());
        CHECK(report->removed == std::vector<std::string>{id});
        CHECK(std::filesystem::is_empty(state.path()));
    }
    SECTION("of another version") {
        write("{\"version\":2,\"novel\":true}");
        std::filesystem::create_directory(cell);
        const auto report = backend.recover();
        REQUIRE(report.has_value());
        CHECK(report->removed.empty());
        REQUIRE(report->errors.size() == 1);
        CHECK(report->errors.front().kind == CellosError::Kind::Unsupported);
        CHECK(std::filesystem::exists(cell));
        CHECK(std::filesystem::exists(record));
        std::filesystem::remove_all(cell);
        std::filesystem::remove(record);
    }
    SECTION("files of others") {
        const auto notes = state.path() / "notes.json";
        std::ofstream{notes} << "{}";
        std::filesystem::create_directory(state.path() / "backup");
        const auto report = backend.recover();
        REQUIRE(report.has_value());
        CHECK(report->removed.empty());
        CHECK(std::filesystem::exists(notes));
        CHECK(std::filesystem::exists(state.path() / "backup"));
        std::filesystem::remove(notes);
        std::filesystem::remove(state.path() / "backup");
    }
    SECTION("a state directory that others can write to") {
        std::filesystem::permissions(state.path(), std::filesystem::perms::all);
        write("{}");
        CHECK(backend.recover().error().kind == CellosError::Kind::Host);
        CHECK(std::filesystem::exists(record));
        std::filesystem::remove(record);
    }
}
