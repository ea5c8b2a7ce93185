#pragma once

#include <cellos/core/command_document.hpp>
#include <cellos/lifecycle/replay.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor/supervisor.hpp>
#include <cellos/testing/residue_laws.hpp>
#include <cellos/testing/runs.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

/// @file
/// Laws about sessions: one cell, many commands. Linux only, as those about `execute`.

namespace cellos::inline CELLOS_ABI::testing::laws {

/// A session of a backend of its own, and the events of its cell.
template <class Backend>
class OpenSession {
public:
    template <class MakeBackend>
    explicit OpenSession(
        MakeBackend& make_backend,
        SessionOptions options = {},
        ExecutionCellDocument document = session_document("law")
    )
        : backend_{make_backend()} {
        auto opened = supervisor_.open(document, std::move(options));
        INFO("open: " << (opened ? "" : opened.error().what()));
        REQUIRE(opened.has_value());
        session_.emplace(*std::move(opened));
    }

    [[nodiscard]] Session& operator*() noexcept { return *session_; }
    [[nodiscard]] Session* operator->() noexcept { return &*session_; }

    /// Runs a script, which has to end.
    CommandReport run(std::string script, Command command = {}) {
        command.argv = shell(std::move(script));
        auto report = session_->run(command);
        INFO("run: " << (report ? "" : report.error().what()));
        REQUIRE(report.has_value());
        return *std::move(report);
    }

    /// Closes it, and checks that the events tell of a legal life with so many commands.
    CellReport close(std::size_t commands) {
        auto report = std::move(*session_).close();
        session_.reset();
        INFO("close: " << (report ? "" : report.error().what()));
        REQUIRE(report.has_value());
        CHECK(report->teardown.destroyed);
        CHECK(report->commands == commands);
        const auto legal = replay(events_.events());
        INFO("replay: " << (legal ? "" : legal.error().what()));
        CHECK(legal.has_value());
        return *std::move(report);
    }

private:
    Backend backend_;
    MemoryEventSink events_{};
    Supervisor<Backend&, MemoryEventSink&> supervisor_{backend_, events_};
    std::optional<Session> session_{};
};

template <class MakeBackend>
OpenSession(MakeBackend&, auto&&...) -> OpenSession<backend_of<MakeBackend>>;

template <class MakeBackend>
void commands_share_the_cell(MakeBackend& make_backend) {
    OpenSession session{make_backend};
    CHECK(session.run("echo kept > \"$HOME/file\"").exit == ExitStatus::exited(0));
    const auto report = session.run("cat \"$HOME/file\"; echo hidden >&2; exit 7");
    CHECK(report.stdout_text == "kept\n");
    CHECK(report.stderr_text == "hidden\n");
    CHECK(report.exit == ExitStatus::exited(7));
    CHECK(session.run("kill -KILL $$").exit == ExitStatus::signaled(9));
    // What a command makes of itself is no failure of its cell.
    CHECK(session.close(3).outcome == Outcome::Succeeded);
}

template <class MakeBackend>
void own_variables_and_directory(MakeBackend& make_backend) {
    auto document = session_document("law");
    document.spec.environment.emplace().variables = {{"A", "cell"}, {"B", "cell"}};
    OpenSession session{make_backend, SessionOptions{}, document};
    const auto own = session.run(
        "echo $A $B; pwd", {.working_directory = "/usr", .environment = {{"B", "own"}}}
    );
    CHECK(own.stdout_text == "cell own\n/usr\n");
    CHECK(session.run("echo $A $B").stdout_text == "cell cell\n");
    session.close(2);
}

template <class MakeBackend>
void input_of_each_command(MakeBackend& make_backend) {
    OpenSession session{make_backend};
    const auto report =
        session->run({.argv = shell("cat")}, {.stdio = Capture{.stdin_text = "whole text"}});
    REQUIRE(report.has_value());
    CHECK(report->stdout_text == "whole text");
    CHECK(session.run("cat").stdout_text.empty());
    session.close(2);
}

template <class MakeBackend>
void command_time_out(MakeBackend& make_backend) {
    using namespace std::chrono_literals;
    OpenSession session{make_backend};
    const auto late = session.run("echo begun; sleep 600", {.timeout = 3s});
    CHECK(late.exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
    CHECK(late.stdout_text == "begun\n");
    CHECK(session.run("echo on").stdout_text == "on\n");
    // Nobody waits for this one.
    auto alone = session->start({.argv = shell("sleep 600"), .timeout = 1ms});
    REQUIRE(alone.has_value());
    while (session.run("echo on").stdout_text != "on\n") {
    }
    const auto end = alone->wait();
    REQUIRE(end.has_value());
    CHECK(end->exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
    session.close(4);
}

template <class MakeBackend>
void command_stop(MakeBackend& make_backend) {
    OpenSession session{make_backend};
    std::stop_source stop;
    auto process =
        session->start({.argv = shell("sleep 600")}, CommandOptions{.stop = stop.get_token()});
    REQUIRE(process.has_value());
    CHECK(process->wait_for(std::chrono::milliseconds{1})->has_value() == false);
    stop.request_stop();
    auto end = process->wait();
    REQUIRE(end.has_value());
    CHECK(end->exit == ExitStatus::forced(ExitStatus::Kind::Cancelled));
    const auto never =
        session->run({.argv = shell("true")}, CommandOptions{.stop = stop.get_token()});
    REQUIRE_FALSE(never.has_value());
    CHECK(never.error().kind == CellosError::Kind::Cancelled);
    CHECK(session.run("echo on").stdout_text == "on\n");
    session.close(2);
}

template <class MakeBackend>
void signals_reach_a_command(MakeBackend& make_backend) {
    OpenSession session{make_backend};
    auto process = session->start(
        {.argv = shell("trap 'echo caught; exit 3' USR1; : > \"$HOME/ready\"; sleep 600 & wait")}
    );
    REQUIRE(process.has_value());
    session.run("until test -e \"$HOME/ready\"; do sleep 0.01; done");
    process->signal(10);
    const auto end = process->wait();
    REQUIRE(end.has_value());
    CHECK(end->exit == ExitStatus::exited(3));
    CHECK(end->stdout_text == "caught\n");
    CHECK(process->wait()->exit == ExitStatus::exited(3));
    session.close(2);
}

template <class MakeBackend>
void commands_at_once(MakeBackend& make_backend) {
    OpenSession session{make_backend};
    constexpr int threads = 8;
    constexpr int each = 5;
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> runners;
        for (int number = 0; number < threads; ++number)
            runners.emplace_back([&, number] {
                const std::string text = std::to_string(number) + "\n";
                for (int i = 0; i < each; ++i) {
                    const auto report =
                        session->run({.argv = shell("echo " + std::to_string(number))});
                    if (report && report->stdout_text == text) ++right;
                }
            });
    }
    CHECK(right == threads * each);
    session.close(threads * each);
}

template <class MakeBackend>
void missing_program_of_a_session(MakeBackend& make_backend, const LawOptions& options) {
    OpenSession session{make_backend};
    const auto missing = session->run({.argv = {"cellos-no-such-command"}});
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().kind == CellosError::Kind::CommandNotFound);
    const auto closed = session->run({.argv = {options.not_executable}});
    REQUIRE_FALSE(closed.has_value());
    CHECK(closed.error().kind == CellosError::Kind::CommandNotExecutable);
    CHECK(session.run("echo on").stdout_text == "on\n");
    session.close(3);
}

template <class MakeBackend>
void leftovers_of_commands(MakeBackend& make_backend) {
    OpenSession session{make_backend};
    const std::string beats = "(while :; do : > \"$HOME/beat\"; sleep 0.01; done) & ";
    const std::string waits = "until test -e \"$HOME/beat\"; do sleep 0.01; done";
    session.run(beats + waits);
    session.run("rm -f \"$HOME/beat\"");
    CHECK(session.run("sleep 0.3; test -e \"$HOME/beat\"").exit == ExitStatus::exited(1));
    session.run(beats + waits, {.background = true});
    session.run("rm -f \"$HOME/beat\"");
    CHECK(session.run(waits).exit == ExitStatus::exited(0));
    session.close(6);
}

template <class MakeBackend>
void more_than_granted(MakeBackend& make_backend) {
    auto document = command_document("law", {"true"});
    document.spec.run->timeout_ms = 10'000;
    document.spec.run->limits.emplace().max_open_files = 64;
    OpenSession session{make_backend, SessionOptions{}, document};
    REQUIRE(session->first().has_value());
    CHECK(session->first()->exit == ExitStatus::exited(0));
    CHECK(session.run("ulimit -n").stdout_text == "64\n");
    const Limits fewer{.max_open_files = 32};
    CHECK(session.run("ulimit -n", {.limits = fewer}).stdout_text == "32\n");
    const auto refused = [&](Command command) {
        command.argv = shell("true");
        const auto report = session->run(command);
        return !report && report.error().kind == CellosError::Kind::InvalidSpec;
    };
    CHECK(refused({.timeout = std::chrono::milliseconds{10'001}}));
    CHECK(refused({.limits = Limits{.max_open_files = 65}}));
    session.close(3);
}

template <class MakeBackend>
void output_limit_of_a_command(MakeBackend& make_backend) {
    OpenSession session{make_backend};
    const Limits little{.max_output_bytes = 1000};
    CHECK(
        session.run("while :; do echo much; done", {.limits = little}).exit ==
        ExitStatus::forced(ExitStatus::Kind::OutputLimitExceeded)
    );
    CHECK(session.run("echo on").stdout_text == "on\n");
    session.close(2);
}

// How a session that was ended by others treats what runs in it and what comes later.
template <class Session>
void check_over(Session& session, Process& running, ExitStatus::Kind reason) {
    const auto end = running.wait();
    REQUIRE(end.has_value());
    CHECK(end->exit == ExitStatus::forced(reason));
    const auto later = session->run({.argv = shell("true")});
    REQUIRE_FALSE(later.has_value());
    CHECK(later.error().kind == CellosError::Kind::Cancelled);
    const CellReport report = session.close(1);
    CHECK(report.exit == ExitStatus::forced(reason));
    CHECK(report.outcome == Outcome::Failed);
}

template <class MakeBackend>
void stop_of_a_session(MakeBackend& make_backend) {
    std::stop_source stop;
    OpenSession session{make_backend, SessionOptions{.stop = stop.get_token()}};
    auto process = session->start({.argv = shell("sleep 600")});
    REQUIRE(process.has_value());
    stop.request_stop();
    check_over(session, *process, ExitStatus::Kind::Cancelled);
}

template <class MakeBackend>
void ttl_of_a_session(MakeBackend& make_backend) {
    using std::chrono::seconds;
    using std::chrono::steady_clock;
    // It covers the opening, which takes as long as it takes.
    const auto begun = steady_clock::now();
    { const OpenSession before{make_backend}; }
    auto document = session_document("law");
    document.spec.lifetime.ttl_seconds =
        2 + 3 * std::chrono::ceil<seconds>(steady_clock::now() - begun).count();
    OpenSession session{make_backend, SessionOptions{}, document};
    auto process = session->start({.argv = shell("sleep 600")});
    REQUIRE(process.has_value());
    check_over(session, *process, ExitStatus::Kind::TimedOut);
}

template <class MakeBackend>
void idle_session(MakeBackend& make_backend) {
    using namespace std::chrono_literals;
    // Longer on a machine so busy that a session is idle before its first command.
    for (std::chrono::milliseconds timeout = 400ms;; timeout *= 2) {
        OpenSession session{make_backend, SessionOptions{.idle_timeout = timeout}};
        const auto run = [&](std::chrono::milliseconds time) {
            const std::string tenths = std::to_string(time / 100ms);
            return session->run(
                {.argv = shell("for i in $(seq " + tenths + "); do sleep 0.1; done")}
            );
        };
        // It is not idle while something runs.
        const auto busy = run(2 * timeout);
        if (!busy) continue;
        CHECK(busy->exit == ExitStatus::exited(0));
        std::size_t commands = 1;
        for (auto pause = timeout; run(0ms); pause *= 2) {
            ++commands;
            // Whether it is over is told by nothing but a command, which keeps it busy.
            std::this_thread::sleep_for(pause);
        }
        CHECK(session.close(commands).exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
        return;
    }
}

template <class MakeBackend>
void end_of_what_runs(MakeBackend& make_backend) {
    OpenSession session{make_backend};
    auto process = session->start({.argv = shell("sleep 600")});
    REQUIRE(process.has_value());
    {
        auto dropped = session->start({.argv = shell("sleep 600")});
        REQUIRE(dropped.has_value());
    }
    CHECK(session.close(2).outcome == Outcome::Succeeded);
    // It may outlive its session.
    const auto end = process->wait();
    REQUIRE(end.has_value());
    CHECK(end->exit == ExitStatus::forced(ExitStatus::Kind::Cancelled));
}

template <class MakeBackend>
void no_residue_of_sessions(MakeBackend& make_backend, const LawOptions& options) {
    check_no_residue(make_backend, options, [](auto& backend) {
        Supervisor supervisor{std::ref(backend)};
        auto session = supervisor.open(session_document("law"));
        REQUIRE(session.has_value());
        auto process = session->start({.argv = shell("sleep 600"), .background = true});
        REQUIRE(process.has_value());
        const Command leaves{.argv = shell("sleep 600 & : > \"$HOME/file\""), .background = true};
        CHECK(session->run(leaves).has_value());
    });
}

} // namespace cellos::inline CELLOS_ABI::testing::laws
