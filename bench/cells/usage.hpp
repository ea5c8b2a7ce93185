#pragma once

#include "contestant.hpp"
#include "race.hpp"
#include "warm.hpp"

#include <cellos/core/boot.hpp>
#include <cellos/core/usage.hpp>
#include <cellos/host/gvisor.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/wait.hpp>
#include <cellos/supervisor.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>

/// @file
/// What reports say that one program took, beside what getrusage(2) says of it on the host. The
/// program is tests/workload/workload.cpp.

namespace cellos_bench {

/// What a run took, in processor time and memory; empty where that cannot be told.
struct Taken {
    std::optional<Milliseconds> own{};     ///< the program's, as its kernel counts
    std::optional<Milliseconds> sandbox{}; ///< all that a cell cost since the program's exec
    std::optional<double> peak_mib{};
};

/// The program with the two arguments that it takes.
struct WorkloadCall {
    std::string what{};
    std::int64_t amount = 0;
};

[[nodiscard]] inline Taken taken_on_host(const WorkloadCall& call) {
    const cellos::os::SpawnRequest request{
        .program = CELLOS_BENCH_WORKLOAD,
        .argv = {CELLOS_BENCH_WORKLOAD, call.what, std::to_string(call.amount)}};
    auto child = cellos::os::spawn(request).value().release();
    if (!child) throw std::runtime_error{child.error().what()};
    static_cast<void>(cellos::os::wait_readable(child->pidfd(), Clock::time_point::max()));
    rusage usage{};
    const auto end = child->reap(&usage).value();
    if (end.signaled || end.value != 0) throw std::runtime_error{call.what + " failed on the host"};
    const auto time = [](const timeval& value) {
        return std::chrono::seconds{value.tv_sec} + std::chrono::microseconds{value.tv_usec};
    };
    return {
        .own = time(usage.ru_utime) + time(usage.ru_stime),
        .peak_mib = static_cast<double>(usage.ru_maxrss) / 1024};
}

template <class Backend>
[[nodiscard]] Taken taken_in_cell(
    Backend& backend, const WorkloadCall& call, cellos::Boot::Kind boot
) {
    auto document =
        document_of({.argv = {"/inputs/workload", call.what, std::to_string(call.amount)}});
    cellos::RunOptions options;
    options.inputs.push_back({"workload", std::filesystem::path{CELLOS_BENCH_WORKLOAD}, 0555});
    const auto report = cellos::Supervisor{std::ref(backend)}.run(document, std::move(options));
    if (!report) throw std::runtime_error{report.error().what()};
    if (report->outcome != cellos::Outcome::Succeeded || !report->usage)
        throw std::runtime_error{call.what + " failed in a cell"};
    if (!report->boot || report->boot->kind != boot)
        throw std::runtime_error{"a cell was booted in another way than it should be"};
    Taken taken;
    if (report->usage->user_time && report->usage->system_time)
        taken.own = *report->usage->user_time + *report->usage->system_time;
    taken.sandbox = report->usage->sandbox_cpu_time;
    if (const auto& peak = report->usage->peak_memory_bytes)
        taken.peak_mib = static_cast<double>(*peak) / (1 << 20);
    return taken;
}

/// The host, a cold cell and a warm one in turn, run by run.
class UsageRace {
public:
    explicit UsageRace(const cellos::GVisorConfig& config)
        : backend_{config}, pool_{make_pool(config, 1)} {}

    [[nodiscard]] Json operator()(const WorkloadCall& call, int rounds) {
        constexpr std::array names{"host", "cell, cold", "cell, warm"};
        Json series = Json::array();
        for (const char* name : names) {
            series.push_back(
                {{"name", name},
                 {"own_ms", Json::array()},
                 {"sandbox_ms", Json::array()},
                 {"peak_mib", Json::array()}}
            );
        }
        in_turn(names.size(), rounds, [&](std::size_t number, int) {
            const Taken taken = take(number, call);
            Json& row = series[number];
            row["own_ms"].push_back(taken.own ? Json(rounded(taken.own->count())) : Json{});
            row["sandbox_ms"].push_back(
                taken.sandbox ? Json(rounded(taken.sandbox->count())) : Json{}
            );
            row["peak_mib"].push_back(taken.peak_mib ? Json(rounded(*taken.peak_mib)) : Json{});
        });
        return series;
    }

private:
    [[nodiscard]] Taken take(std::size_t number, const WorkloadCall& call) {
        if (number == 0) return taken_on_host(call);
        if (number == 1) return taken_in_cell(backend_, call, cellos::Boot::Kind::Cold);
        wait_until_full(*pool_);
        return taken_in_cell(*pool_, call, cellos::Boot::Kind::Warm);
    }

    cellos::GVisorCellBackend backend_;
    std::shared_ptr<Pool> pool_;
};

/// How many thousand steps of `work` are a millisecond here, by the best of some tries.
[[nodiscard]] inline double pace_of_host() {
    constexpr std::int64_t sample = 50'000;
    auto best = Milliseconds::max();
    for (int i = 0; i < 5; ++i)
        best = std::min(best, taken_on_host({.what = "work", .amount = sample}).own.value());
    return sample / best.count();
}

} // namespace cellos_bench
