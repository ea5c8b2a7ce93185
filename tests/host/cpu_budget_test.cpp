// A budget of processor time: when it is looked at, and what it costs to overlook its end.
#include "support/catch.hpp"

#include <cellos/os/control_group.hpp>
#include <cellos/os/cpu_budget.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/state_directory.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

using namespace cellos;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

struct Watched {
    int looks = 0;
    nanoseconds used{};
    nanoseconds wall{};
};

// Looks as often as a budget wants, at what keeps `busy` of so many processors busy.
Watched watch(nanoseconds budget, std::int64_t processors, double busy) {
    constexpr nanoseconds before = 7s; // what was used before the start
    const os::CpuBudget counted{budget, before, processors};
    const os::Clock::time_point start{1234s};
    auto now = start;
    Watched watched;
    while (!counted.is_spent(before + watched.used)) {
        const auto next = counted.next_look(before + watched.used, now);
        REQUIRE(next >= now + 1ms);
        watched.used += nanoseconds{
            static_cast<std::int64_t>(busy * static_cast<double>(nanoseconds{next - now}.count()))};
        now = next;
        ++watched.looks;
    }
    watched.wall = now - start;
    return watched;
}

struct EndsGroup {
    os::ControlGroup& group;
    ~EndsGroup() {
        static_cast<void>(group.kill());
        static_cast<void>(group.wait_until_empty(os::Clock::now() + 60s));
    }
};

} // namespace

TEST_CASE("A budget of processor time is looked at when it can be used up, and not before") {
    const os::Clock::time_point now{1h};
    const os::CpuBudget budget{1s, 3s, 4};
    CHECK(budget.next_look(3s, now) == now + 250ms);
    CHECK(budget.next_look(3s + 600ms, now) == now + 100ms);
    CHECK_FALSE(budget.is_spent(4s - 1ns));
    CHECK(budget.is_spent(4s));
    CHECK(budget.is_spent(5s));
    // Never at once, however little is left.
    CHECK(budget.next_look(4s - 1ns, now) == now + os::CpuBudget::shortest_wait);
    CHECK(budget.next_look(5s, now) == now + os::CpuBudget::shortest_wait);

    const os::CpuBudget endless{nanoseconds::max(), 3s, 1};
    CHECK_FALSE(endless.is_spent(1000h));
    CHECK(endless.next_look(3s, now) == os::Clock::time_point::max());
}

TEST_CASE("A budget of processor time takes few looks, and little more is used than it allows") {
    for (const std::int64_t processors : {1, 2, 8, 64}) {
        for (const double busy : {1.0, 0.5, 0.99, 1.0 / static_cast<double>(processors)}) {
            const double rate = busy * static_cast<double>(processors);
            INFO(processors << " processors, " << rate << " of them busy");
            const auto watched = watch(2s, processors, rate);
            CHECK(watched.used >= 2s);
            CHECK(watched.used <= 2s + 20ms * processors);
            // Half of what looking each 5 ms would take, at the very least.
            CHECK(watched.looks <= watched.wall / 10ms + 10);
        }
    }
    CHECK(watch(2s, 2, 2.0).looks == 1);
    CHECK(watch(2s, 2, 1.0).looks <= 10);
}

TEST_CASE("There is a processor to run on") {
    CHECK(os::usable_processors() >= 1);
    CHECK(os::usable_processors() < 1 << 20);
}

TEST_CASE(
    "A busy group is ended when its budget of processor time has been used up", "[control_group]"
) {
    const auto hierarchies = os::find_cgroup_hierarchies();
    auto group = os::ControlGroup::make(hierarchies, "cellos-" + os::random_id().value());
    if (!group) CELLOS_SKIP("no control group can be made here: " + group.error().message);
    static_cast<void>(group->reserve("cpuacct"));
    if (!group->cpu_time()) CELLOS_SKIP("processor time is not counted here");
    const EndsGroup on_every_way_out{*group};
    os::SpawnRequest request{
        .program = "/bin/sh",
        .argv = {"sh", "-c", "while :; do :; done & while :; do :; done"},
        .cgroup = group->directory_fd(),
        .cgroups = group->joined_procs_fds(),
    };
    auto child = os::spawn(request).value().release().value();
    const auto at_start = *group->cpu_time();
    const auto processors = os::usable_processors();
    const os::CpuBudget budget{300ms, at_start, processors};
    auto used = at_start;
    auto planned = os::Clock::now();
    while (!budget.is_spent(used)) {
        planned = budget.next_look(used, os::Clock::now());
        REQUIRE_FALSE(os::wait_readable(child.pidfd(), planned));
        used = group->cpu_time().value();
    }
    REQUIRE(group->kill().has_value());
    REQUIRE(group->wait_until_empty(os::Clock::now() + 60s));
    // On a busy machine this thread is late, and the group has the processors meanwhile.
    const nanoseconds late = os::Clock::now() - planned;
    static_cast<void>(child.reap());
    const auto all = *group->cpu_time() - at_start;
    CHECK(all >= 300ms);
    CHECK(all <= 300ms + processors * (20ms + late));
}
