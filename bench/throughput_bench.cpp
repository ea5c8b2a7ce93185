// How many cells a second eight threads get through one supervisor, against eight shells that do
// nothing but `runsc run` of the same bundle, one after the other. Both in turn, so that a drift of
// the machine hits both; the ratio is taken pair by pair.
#include "true_bundle.hpp"

#include <cellos/cellos.hpp>
#include <cellos/os/state_directory.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace cellos;
using namespace cellos_bench;

constexpr int at_once = 8;
constexpr int cells_each = 8;

/// Shells that start runsc on a bundle as the backend makes it, each with ids and a `--root` of its
/// own.
class BareShells {
public:
    explicit BareShells(GVisorConfig config) : bundle_{std::move(config)} {}

    void operator()() const {
        std::vector<os::ChildProcess> shells;
        for (int shell = 0; shell < at_once; ++shell) {
            // The id names a socket of the whole host.
            std::vector<std::string> argv{
                "sh",
                "-c",
                "n=$1; shift; i=0; while [ $i -lt $n ]; do \"$@\"-$i || exit 1; i=$((i+1)); done",
                "sh",
                std::to_string(cells_each)};
            std::ranges::move(bundle_.command(std::to_string(shell)), std::back_inserter(argv));
            argv.push_back("bare-" + std::to_string(shell));
            auto held = os::spawn({
                .program = "/bin/sh",
                .argv = std::move(argv),
                .environment = gvisor::runsc_environment(),
            });
            shells.push_back(std::move(*held).release().value());
        }
        for (auto& shell : shells)
            if (shell.reap().value().value != 0) std::abort();
    }

private:
    TrueBundle bundle_;
};

template <class Work>
double cells_per_second(const Work& all_of_them) {
    const auto start = std::chrono::steady_clock::now();
    all_of_them();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    return at_once * cells_each / took.count();
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

void eight_at_once(benchmark::State& state) {
    const auto directory = os::default_state_directory().parent_path() / "cellos-bench-8";
    GVisorConfig config{.state_directory = directory};
    if (const char* runsc = std::getenv("CELLOS_TEST_RUNSC")) config.runsc = runsc;
    GVisorCellBackend backend{config};
    static_cast<void>(backend.recover()); // of a benchmark that was interrupted
    Supervisor supervisor{std::ref(backend)};
    if (const auto probe = supervisor.run(true_document()); !probe) {
        state.SkipWithError(probe.error().what().c_str());
        return;
    }
    {
        const BareShells bare{config};
        const auto supervised = [&] {
            std::vector<std::jthread> threads;
            for (int thread = 0; thread < at_once; ++thread) {
                threads.emplace_back([&] {
                    for (int i = 0; i < cells_each; ++i) {
                        const auto report = supervisor.run(true_document());
                        if (!report || report->outcome != Outcome::Succeeded) std::abort();
                    }
                });
            }
        };
        std::vector<double> bare_rates, supervised_rates, ratios;
        for ([[maybe_unused]] auto pair : state) {
            double bare_rate = 0;
            if (ratios.size() % 2 == 0) bare_rate = cells_per_second(bare);
            supervised_rates.push_back(cells_per_second(supervised));
            if (ratios.size() % 2 == 1) bare_rate = cells_per_second(bare);
            bare_rates.push_back(bare_rate);
            ratios.push_back(supervised_rates.back() / bare_rate);
        }
        state.counters["bare_cells_per_s"] = median(bare_rates);
        state.counters["cellos_cells_per_s"] = median(supervised_rates);
        state.counters["ratio_p50"] = median(ratios);
        state.counters["ratio_min"] = std::ranges::min(ratios);
        state.counters["ratio_max"] = std::ranges::max(ratios);
    }
    std::filesystem::remove(directory);
}

BENCHMARK(eight_at_once)->Iterations(10)->Unit(benchmark::kMillisecond);

} // namespace
