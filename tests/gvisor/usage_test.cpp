// What a report says that a run took, beside what the same program costs on the host.
#include "support/catch.hpp"
#include "support/cold_or_warm.hpp"
#include "support/table.hpp"

#include <cellos/host/gvisor/runsc/runsc.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <future>
#include <string>

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr double mebibyte = 1 << 20;

std::string text_of(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", number);
    return text;
}

// Processor time of the workload as a process of the host.
Milliseconds cost_on_host(const std::string& what, std::int64_t amount) {
    std::string program = CELLOS_TEST_WORKLOAD;
    std::string first = what;
    std::string second = std::to_string(amount);
    char* arguments[] = {program.data(), first.data(), second.data(), nullptr};
    pid_t child = 0;
    if (::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environ) != 0)
        return {};
    rusage usage{};
    int status = 0;
    if (::wait4(child, &status, 0, &usage) != child || status != 0) return {};
    const auto time = [](timeval value) {
        return std::chrono::seconds{value.tv_sec} + std::chrono::microseconds{value.tv_usec};
    };
    return time(usage.ru_utime) + time(usage.ru_stime);
}

// What the sandbox itself takes for each millisecond of a workload that only computes: nothing to
// speak of with ptrace; with systrap, whose own threads watch the workload's, by measurement 3 % to
// 10 % on a quiet machine and up to 20 % on one that is busy with other things.
double own_share() {
    const auto runsc = gvisor::find_runsc(StateDirectory{}.config());
    REQUIRE(runsc.has_value());
    return runsc->platform == "systrap" ? 0.3 : 0.0;
}

ResourceUsage usage_of(ColdOrWarm& cells, const std::string& what, std::int64_t amount) {
    const auto report = cells(workload_document(what, amount), with_workload());
    CHECK(report.exit == ExitStatus::exited(0));
    REQUIRE(report.usage.has_value());
    return *report.usage;
}

Milliseconds sandbox_time(const ResourceUsage& usage) {
    REQUIRE(usage.sandbox_cpu_time.has_value());
    return *usage.sandbox_cpu_time;
}

} // namespace

TEST_CASE("Processor time is what the same program costs on the host") {
    if (!has_controller("cpuacct") && !has_controller("cpu"))
        CELLOS_SKIP("no control group counts processor time here");
    // How much work is a second, by the best of some tries.
    constexpr std::int64_t sample = 50'000;
    auto pace = cost_on_host("work", sample);
    for (int i = 0; i < 3; ++i) pace = std::min(pace, cost_on_host("work", sample));
    REQUIRE(pace > 1ms);

    const double share = own_share();
    print_header({"a busy loop", "on the host, ms", "sandbox_cpu_time", "of it for doing nothing"});
    for (const bool warm : {false, true}) {
        INFO(cold_or_warm(warm));
        ColdOrWarm cells{warm};
        // What the sandbox takes to execute the program and to notice its end.
        auto nothing = sandbox_time(usage_of(cells, "work", 0));
        for (int i = 0; i < 2; ++i)
            nothing = std::min(nothing, sandbox_time(usage_of(cells, "work", 0)));
        CHECK(nothing < 50ms); // else a boot is in it
        for (const auto goal : {200ms, 1000ms, 3000ms}) {
            const auto amount = static_cast<std::int64_t>(sample * (Milliseconds{goal} / pace));
            auto on_host =
                std::async(std::launch::async, [&] { return cost_on_host("work", amount); });
            const auto usage = usage_of(cells, "work", amount);
            const auto expected = on_host.get();
            const auto counted = sandbox_time(usage);
            print_row(
                {std::string{cold_or_warm(warm)},
                 text_of(expected.count()),
                 text_of(counted.count()),
                 text_of(nothing.count())}
            );
            const Milliseconds off = std::max(Milliseconds{20ms}, expected * 0.05);
            CHECK(counted > expected - off);
            CHECK(counted < expected + off + nothing + expected * share);
            // The guest's ticks count on while other programs of the host have the processor.
            REQUIRE(usage.user_time.has_value());
            REQUIRE(usage.system_time.has_value());
            CHECK(*usage.user_time + *usage.system_time >= expected / 2);
        }
    }
}

TEST_CASE("Memory is what the workload has touched") {
    if (!has_controller("memory")) CELLOS_SKIP("no memory controller here");
    print_header({"touched, MiB", "cold", "warm"});
    ColdOrWarm cold{false};
    ColdOrWarm warm{true};
    for (const int touched : {8, 64, 512}) {
        const auto told = [&](ColdOrWarm& cells) {
            const auto usage = usage_of(cells, "touch", touched);
            REQUIRE(usage.peak_memory_bytes.has_value());
            const double peak = static_cast<double>(*usage.peak_memory_bytes) / mebibyte;
            CHECK(std::abs(peak - touched) < std::max(2.0, touched * 0.05));
            REQUIRE(usage.sandbox_peak_memory_bytes.has_value());
            CHECK(*usage.sandbox_peak_memory_bytes > *usage.peak_memory_bytes);
            return text_of(peak);
        };
        print_row({std::to_string(touched), told(cold), told(warm)});
    }
}
