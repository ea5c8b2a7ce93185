// Sessions in real sandboxes. What holds for every backend is in the laws of sessions.

#include "support/bare_runsc.hpp"
#include "support/catch.hpp"
#include "support/forked_program.hpp"
#include "support/gvisor_fixture.hpp"
#include "support/seed.hpp"

#include <cellos/broker/memory.hpp>
#include <cellos/host/prewarmed.hpp>
#include <cellos/supervisor.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;
using Kind = ExitStatus::Kind;

namespace {

ExecutionCellDocument document_of_session() {
    auto document = session_document("session");
    document.spec.lifetime.ttl_seconds = 60;
    return document;
}

ExecutionCellDocument limited(Limits limits) {
    auto document = document_of_session();
    document.spec.run.emplace().argv = {"true"};
    document.spec.run->limits = limits;
    return document;
}

Command shell(std::string script) {
    return {.argv = {"/bin/sh", "-c", std::move(script)}};
}

} // namespace

TEST_CASE("The secrets of a session are where its document says, for each command") {
    const StateDirectory state;
    MemorySecretBroker broker;
    broker.set("TOKEN", Secret{"open sesame"});
    Supervisor supervisor{GVisorCellBackend{state.config()}, std::ref(broker)};
    for (const auto delivery : {SecretDelivery::Env, SecretDelivery::File}) {
        auto document = document_of_session();
        document.spec.authority.secret_refs = {"TOKEN"};
        document.spec.run.emplace().argv = {"true"};
        document.spec.run->secret_delivery = delivery;
        auto session = supervisor.open(document);
        REQUIRE(session);
        const bool as_file = delivery == SecretDelivery::File;
        for (int i = 0; i < 2; ++i) {
            const auto report = session->run(shell(
                as_file ? "echo $TOKEN; cat /run/secrets/TOKEN" : "cat /run/secrets/*; echo $TOKEN"
            ));
            CHECK(report.value().stdout_text == (as_file ? "\nopen sesame" : "open sesame\n"));
        }
        REQUIRE(std::move(*session).close());
        CHECK(broker.holders().empty());
    }
}

TEST_CASE("Input files are there for each command of a session") {
    const StateDirectory state;
    Supervisor supervisor{GVisorCellBackend{state.config()}};
    auto session =
        supervisor.open(document_of_session(), {.inputs = {{"dir/a.txt", "text of the input"}}});
    REQUIRE(session);
    for (int i = 0; i < 2; ++i) {
        const auto report = session->run({.argv = {"cat", "/inputs/dir/a.txt"}});
        CHECK(report.value().stdout_text == "text of the input");
    }
}

TEST_CASE("A session starts from a sandbox that waited") {
    const StateDirectory state;
    Supervisor supervisor{Prewarmed{
        GVisorCellBackend{state.config()},
        PoolOptions{.size = 1, .like = {cell_document({"true"})}}}};
    // The pool is full in the end, whenever the first ones came.
    for (auto cold = true; cold;) {
        auto session = supervisor.open(document_of_session());
        REQUIRE(session);
        CHECK(session->run(shell("exit 4")).value().exit == ExitStatus::exited(4));
        const auto report = std::move(*session).close();
        REQUIRE(report);
        REQUIRE(report->boot);
        cold = report->boot->kind == Boot::Kind::Cold;
    }
}

TEST_CASE("The processor time of a session's document is for all of its commands together") {
    const StateDirectory state;
    Supervisor supervisor{GVisorCellBackend{state.config()}};
    auto session = supervisor.open(limited({.cpu_time_ms = 1500}));
    REQUIRE(session);
    const auto spin = session->run(shell("while :; do :; done"));
    REQUIRE(spin);
    CHECK(spin->exit == ExitStatus::forced(Kind::CpuTimeExceeded));
    CHECK(spin->usage.sandbox_cpu_time.value() >= 1s);
    const auto later = session->run({.argv = {"true"}});
    REQUIRE_FALSE(later);
    CHECK(later.error().kind == CellosError::Kind::Cancelled);
    CHECK(std::move(*session).close().value().teardown.destroyed);
}

TEST_CASE("The memory of a session's document is for all of its commands together") {
    const StateDirectory state;
    Supervisor supervisor{GVisorCellBackend{state.config()}};
    auto session = supervisor.open(limited({.memory_max_bytes = 64 << 20}));
    REQUIRE(session);
    auto waiting = session->start({.argv = {"sleep", "1000"}});
    REQUIRE(waiting);
    const auto large =
        session->run({.argv = {"dd", "if=/dev/zero", "of=/dev/null", "bs=100M", "count=1"}});
    REQUIRE(large);
    CHECK(large->exit == ExitStatus::forced(Kind::OutOfMemory));
    CHECK(waiting->wait().value().exit == ExitStatus::forced(Kind::OutOfMemory));
    CHECK(std::move(*session).close().value().teardown.destroyed);
}

TEST_CASE("A sandbox that dies or stops keeps no command of its session waiting") {
    struct Row {
        const char* process;
        int signal;
    };
    constexpr std::array rows{
        Row{"boot", SIGKILL}, Row{"run", SIGKILL}, Row{"boot", SIGSTOP}, Row{"gofer", SIGSTOP}};
    for (const auto& [process, signal] : rows) {
        INFO(process << ' ' << signal);
        const StateDirectory state;
        Supervisor supervisor{GVisorCellBackend{state.config()}};
        auto session = supervisor.open(document_of_session());
        REQUIRE(session);
        auto first = session->start({.argv = {"sleep", "1000"}, .timeout = 1s});
        auto second = session->start({.argv = {"sleep", "1000"}, .timeout = 1s});
        REQUIRE(first);
        REQUIRE(second);
        signal_processes(state.path(), process, signal);
        const auto begun = os::Clock::now();
        for (Process* each : {&*first, &*second}) {
            const auto end = each->wait();
            const bool timed_out = end && end->exit == ExitStatus::forced(Kind::TimedOut);
            const bool failed = !end && end.error().kind == CellosError::Kind::SandboxFailed;
            CHECK((timed_out || failed));
        }
        CHECK(os::Clock::now() - begun < 20s);
        const auto report = std::move(*session).close();
        REQUIRE(report);
        CHECK(report->teardown.destroyed);
    }
}

TEST_CASE("A program is killed at 30 random moments of its sessions, and recovery leaves nothing") {
    const StateDirectory state;
    Supervisor supervisor{GVisorCellBackend{state.config()}};
    const auto one_session = [&] {
        auto session = supervisor.open(document_of_session());
        if (!session) return false;
        auto process = session->start({.argv = {"sleep", "1000"}, .background = true});
        if (!process) return false;
        std::vector<std::jthread> threads;
        for (int i = 0; i < 2; ++i)
            threads.emplace_back([&] {
                for (int k = 0; k < 4; ++k) static_cast<void>(session->run(shell("echo much")));
            });
        threads.clear();
        return std::move(*session).close().has_value();
    };
    const auto start = os::Clock::now();
    REQUIRE(one_session());
    const std::chrono::duration<double> life = os::Clock::now() - start;

    const auto seed = chosen_seed();
    CAPTURE(seed);
    std::mt19937 random{seed};
    const auto before = residue(state.path());
    GVisorCellBackend recovering{state.config()};
    for (int i = 0; i < 30; ++i) {
        const std::chrono::duration<double> delay{
            std::uniform_real_distribution{0.0, 1.5 * life.count()}(random)};
        CAPTURE(i, delay.count());
        ForkedProgram program{[&] {
            while (one_session()) {
            }
            return 1;
        }};
        const auto until =
            os::Clock::now() + std::chrono::duration_cast<os::Clock::duration>(delay);
        REQUIRE_FALSE(os::wait_readable(program.pidfd(), until));
        program.kill();
        const auto report = recovering.recover();
        REQUIRE(report);
        for (const auto& error : report->errors) FAIL_CHECK(error.what());
        CHECK(report->live == 0);
        REQUIRE(left_behind(before, residue(state.path())) == "");
    }
}
