// One supervisor, many threads: every cell ends as it was made to, and nothing of any is left.
#include "support/catch.hpp"
#include "support/gvisor_fixture.hpp"
#include "support/peak_memory.hpp"
#include "support/seed.hpp"

#include <cellos/json.hpp>
#include <cellos/os/wait.hpp>
#include <cellos/supervisor.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
constexpr bool sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool sanitized = false;
#endif

/// How a cell is made to end.
enum class End { Exit, Signal, TimeOut, Cancel, CancelEarly, Missing, OnlyLife };

struct Plan {
    End end = End::Exit;
    int code = 0;                      ///< Exit
    std::chrono::milliseconds after{}; ///< TimeOut, Cancel
};

Plan draw(std::mt19937& random) {
    const auto below = [&](int bound) {
        return std::uniform_int_distribution{0, bound - 1}(random);
    };
    // Half of them just run.
    constexpr std::array ends{
        End::Exit,
        End::Exit,
        End::Exit,
        End::Exit,
        End::Exit,
        End::Signal,
        End::TimeOut,
        End::TimeOut,
        End::Cancel,
        End::Cancel,
        End::CancelEarly,
        End::Missing,
        End::OnlyLife};
    return {
        .end = ends[static_cast<std::size_t>(below(static_cast<int>(ends.size())))],
        // Where the sandbox is gone before runsc asks how it ended, a code above 128 cannot be told
        // from a signal.
        .code = below(129),
        // From before the sandbox has booted to long after.
        .after = std::chrono::milliseconds{1 + below(400)},
    };
}

ExecutionCellDocument document_of(const Plan& plan, const std::string& id) {
    auto document = shell_document("echo $0; exec sleep 1000", id);
    // Where two processors have 32 sandboxes and a build to do, one may have to wait for minutes.
    document.spec.lifetime.ttl_seconds = 600;
    auto& run = *document.spec.run;
    switch (plan.end) {
    case End::Exit:
        run.argv = {"/bin/sh", "-c", "echo " + id + "; exit " + std::to_string(plan.code)};
        break;
    case End::Signal: run.argv = {"/bin/sh", "-c", "kill -KILL $$"}; break;
    case End::TimeOut: run.timeout_ms = plan.after.count(); break;
    case End::Missing: run.argv = {"/no/such/program"}; break;
    case End::OnlyLife: document.spec.run.reset(); break;
    case End::Cancel:
    case End::CancelEarly: break;
    }
    return document;
}

/// Requests a stop after a time, unless its own life ends before.
class Alarm {
public:
    Alarm(std::chrono::milliseconds after, std::stop_source source) {
        if (after == std::chrono::milliseconds::max()) return;
        thread_ = std::jthread{[after, source](const std::stop_token& over) mutable {
            std::mutex mutex;
            std::unique_lock lock{mutex};
            std::condition_variable_any never;
            never.wait_for(lock, over, after, [] { return false; });
            if (!over.stop_requested()) source.request_stop();
        }};
    }

private:
    std::jthread thread_;
};

/// Empty if the result is the one that the plan leads to.
std::string judge(const Plan& plan, const std::string& id, const Result<CellReport>& result) {
    if (!result) {
        using enum CellosError::Kind;
        const auto kind = result.error().kind;
        const bool expected = (plan.end == End::Missing && kind == CommandNotFound) ||
                              (plan.end == End::CancelEarly && kind == Cancelled) ||
                              (plan.end == End::Cancel && kind == Cancelled);
        return expected ? "" : result.error().what();
    }
    if (!result->teardown.destroyed)
        return result->teardown_error ? result->teardown_error->what() : "not destroyed";
    const auto is = [&](const ExitStatus& status) {
        return result->exit == status ? "" : "ended otherwise: " + to_json(*result);
    };
    switch (plan.end) {
    case End::Exit:
        if (result->stdout_text != id + "\n") return "somebody else's output: " + to_json(*result);
        return is(ExitStatus::exited(plan.code));
    case End::Signal: return is(ExitStatus::signaled(9));
    case End::TimeOut: return is(ExitStatus::forced(ExitStatus::Kind::TimedOut));
    case End::Cancel: return is(ExitStatus::forced(ExitStatus::Kind::Cancelled));
    case End::OnlyLife: return result->exit ? "an exit without a run" : "";
    case End::CancelEarly: return "ran although it was cancelled before";
    case End::Missing: return "ran although there is no such program";
    }
    return "an end that is no end";
}

} // namespace

TEST_CASE("500 cells of one supervisor on 32 threads, with time-outs and cancellations") {
    const StateDirectory state;
    Supervisor supervisor{GVisorCellBackend{state.config()}};
    REQUIRE(supervisor.run(cell_document({"true"})).has_value());
    const auto seed = chosen_seed();
    CAPTURE(seed);
    constexpr int cells = 500;
    constexpr int threads = 32;
    std::vector<Plan> plans;
    std::mt19937 random{seed};
    for (int i = 0; i < cells; ++i) plans.push_back(draw(random));
    std::vector<std::string> wrong(cells);
    std::vector<std::chrono::duration<double>> times(cells);

    const auto before = residue(state.path());
    forget_peak_memory();
    const auto start = os::Clock::now();
    {
        std::atomic<int> next = 0;
        std::vector<std::jthread> workers;
        for (int t = 0; t < threads; ++t) {
            workers.emplace_back([&] {
                for (int i = next++; i < cells; i = next++) {
                    const auto index = static_cast<std::size_t>(i);
                    const Plan& plan = plans[index];
                    const std::string id = "cell-" + std::to_string(i);
                    std::stop_source source;
                    if (plan.end == End::CancelEarly) source.request_stop();
                    const Alarm cancel{
                        plan.end == End::Cancel ? plan.after : std::chrono::milliseconds::max(),
                        source};
                    const auto began = os::Clock::now();
                    const auto result =
                        supervisor.run(document_of(plan, id), {.stop = source.get_token()});
                    times[index] = os::Clock::now() - began;
                    wrong[index] = judge(plan, id, result);
                }
            });
        }
        workers.clear();
    }
    const std::chrono::duration<double> took = os::Clock::now() - start;
    const long peak = peak_memory();
    for (int i = 0; i < cells; ++i) {
        const auto index = static_cast<std::size_t>(i);
        CAPTURE(i, static_cast<int>(plans[index].end), plans[index].after.count());
        CHECK(wrong[index] == "");
    }
    CHECK(left_behind(before, residue(state.path())) == "");
    if (!sanitized) CHECK(peak < 64);
    WARN(
        cells << " cells in " << took.count() << " s, the slowest in "
              << std::ranges::max(times).count() << " s; peak memory of the supervising process "
              << peak << " MiB"
    );
}
