// What the supervisor adds to a cell's life: the time from a document to its report, against the
// time of a bare attached `runsc run` of the same bundle. Both run in turn, so that a drift of the
// machine hits both; the ratio is taken pair by pair.
#include "true_bundle.hpp"

#include <cellos/cellos.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace cellos;
using namespace cellos_bench;
using Milliseconds = std::chrono::duration<double, std::milli>;

class BareRun {
public:
    explicit BareRun(GVisorConfig config) : bundle_{std::move(config)} {
        request_.argv = bundle_.command("bare");
        request_.argv.emplace_back("bare-run-of-the-bundle");
        request_.program = request_.argv.front();
        request_.environment = gvisor::runsc_environment();
    }

    void operator()() const {
        auto held = os::spawn(request_).value();
        auto runsc = std::move(held).release().value();
        static_cast<void>(os::wait_readable(runsc.pidfd(), os::Clock::time_point::max()));
        if (runsc.reap().value().value != 0) std::abort();
    }

private:
    TrueBundle bundle_;
    os::SpawnRequest request_;
};

template <class Work>
Milliseconds timed(const Work& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::steady_clock::now() - start;
}

double quantile(std::vector<double> values, double q) {
    std::ranges::sort(values);
    return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

/// The 95 % interval of the median, by the bootstrap.
std::pair<double, double> interval_of_median(const std::vector<double>& values) {
    std::mt19937 random{1};
    std::uniform_int_distribution<std::size_t> pick{0, values.size() - 1};
    std::vector<double> medians(2000);
    for (double& median : medians) {
        std::vector<double> sample(values.size());
        for (double& value : sample) value = values[pick(random)];
        median = quantile(std::move(sample), 0.5);
    }
    return {quantile(medians, 0.025), quantile(medians, 0.975)};
}

void cold_true(benchmark::State& state, const char* platform) {
    const auto directory = os::default_state_directory().parent_path() / "cellos-bench";
    GVisorConfig config{.platform = platform, .state_directory = directory};
    GVisorCellBackend backend{config};
    if (const auto probe = Supervisor{std::ref(backend)}.run(true_document()); !probe) {
        state.SkipWithError(probe.error().what().c_str());
        return;
    }
    {
        const BareRun bare{config};
        Supervisor supervisor{std::ref(backend)};
        const auto supervised = [&] {
            if (supervisor.run(true_document()).value().outcome != Outcome::Succeeded) std::abort();
        };
        bare();
        supervised();
        std::vector<double> bare_ms, supervised_ms, ratios;
        for ([[maybe_unused]] auto pair : state) {
            const bool bare_first = ratios.size() % 2 == 0;
            const auto first = bare_first ? timed(bare) : timed(supervised);
            const auto second = bare_first ? timed(supervised) : timed(bare);
            bare_ms.push_back((bare_first ? first : second).count());
            supervised_ms.push_back((bare_first ? second : first).count());
            ratios.push_back(supervised_ms.back() / bare_ms.back());
        }
        state.counters["bare_p50_ms"] = quantile(bare_ms, 0.5);
        state.counters["bare_p95_ms"] = quantile(bare_ms, 0.95);
        state.counters["cellos_p50_ms"] = quantile(supervised_ms, 0.5);
        state.counters["cellos_p95_ms"] = quantile(supervised_ms, 0.95);
        state.counters["ratio_p50"] = quantile(ratios, 0.5);
        std::tie(state.counters["ratio_low"].value, state.counters["ratio_high"].value) =
            interval_of_median(ratios);
    }
    std::filesystem::remove(directory);
}

BENCHMARK_CAPTURE(cold_true, default_platform, "")->Iterations(60)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(cold_true, ptrace, "ptrace")->Iterations(60)->Unit(benchmark::kMillisecond);

} // namespace
