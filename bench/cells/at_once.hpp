#pragma once

#include "contestant.hpp"
#include "race.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cellos_bench {

struct Together {
    Milliseconds all{};
    std::vector<Sample> samples{};
};

/// `runs` runs by `threads` threads, which start at the same moment. The clock of the whole stops
/// when the contestant has settled: a pool pays for the boots that it has given away.
[[nodiscard]] inline Together run_at_once(const Contestant& contestant, int threads, int runs) {
    Together together;
    std::mutex mutex;
    std::exception_ptr failed;
    std::atomic<int> left{runs};
    std::latch start{threads + 1};
    std::vector<std::jthread> workers;
    for (int thread = 0; thread < threads; ++thread) {
        workers.emplace_back([&] {
            start.arrive_and_wait();
            while (left.fetch_sub(1) > 0) {
                try {
                    const Sample sample = contestant.run();
                    const std::lock_guard lock{mutex};
                    together.samples.push_back(sample);
                } catch (...) {
                    const std::lock_guard lock{mutex};
                    failed = std::current_exception();
                    left = 0;
                }
            }
        });
    }
    start.arrive_and_wait();
    const auto begin = Clock::now();
    workers.clear();
    contestant.settle();
    together.all = Clock::now() - begin;
    if (failed) std::rethrow_exception(failed);
    return together;
}

[[nodiscard]] inline int warm_of(const std::vector<Sample>& samples) {
    return static_cast<int>(std::ranges::count_if(samples, &Sample::warm));
}

/// Cells a second of each contestant, with `threads` at once.
[[nodiscard]] inline Json throughput(const Field& field, int threads, int runs, int rounds) {
    const auto& contestants = field.contestants();
    Json series = Json::array();
    for (const Contestant& contestant : contestants) {
        series.push_back(
            {{"name", contestant.name},
             {"platform", contestant.platform},
             {"at_once", threads},
             {"runs", runs},
             {"per_second", Json::array()},
             {"warm", 0}}
        );
    }
    in_turn(contestants.size(), rounds, [&](std::size_t number, int) {
        const Together together = run_at_once(contestants[number], threads, runs);
        Json& row = series[number];
        row["per_second"].push_back(rounded(runs * 1000 / together.all.count()));
        row["warm"] = row["warm"].get<int>() + warm_of(together.samples);
    });
    return series;
}

/// The latency of each of `threads` runs that start at the same moment, when nothing else runs. One
/// run of `other` follows each.
[[nodiscard]] inline Json burst(
    const Contestant& contestant, const Contestant& other, int threads, int rounds
) {
    Json row{
        {"name", contestant.name},
        {"platform", contestant.platform},
        {"at_once", threads},
        {"exit_ms", Json::array()},
        {"warm", 0},
        {"other", other.name},
        {"other_ms", Json::array()}};
    for (int round = 0; round < rounds; ++round) {
        const Together together = run_at_once(contestant, threads, threads);
        for (const Sample& sample : together.samples)
            row["exit_ms"].push_back(rounded(sample.to_exit.count()));
        row["warm"] = row["warm"].get<int>() + warm_of(together.samples);
        row["other_ms"].push_back(rounded(other.run().to_exit.count()));
    }
    return row;
}

} // namespace cellos_bench
