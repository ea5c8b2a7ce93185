// Control groups as this kernel has them: version 1, version 2 or both. CTest's host/cgroup2 runs
// these test cases once more on a kernel that has version 2 alone.
#include "support/catch.hpp"

#include <cellos/os/control_group.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/state_directory.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <sys/resource.h>

using namespace cellos;
using namespace std::chrono_literals;

namespace {

// A new group, with what this host has for it.
struct Rig {
    // Empty: this process's own group.
    os::CgroupHierarchies hierarchies = os::find_cgroup_hierarchies(
        std::getenv("CELLOS_TEST_CGROUP_PARENT") ? std::getenv("CELLOS_TEST_CGROUP_PARENT") : ""
    );
    Result<os::ControlGroup> group =
        os::ControlGroup::make(hierarchies, "cellos-" + os::random_id().value());

    [[nodiscard]] bool has(std::string_view controller) const {
        return group && std::ranges::any_of(hierarchies, [&](const auto& each) {
                   return each.has(controller);
               });
    }

    [[nodiscard]] os::ChildProcess shell(std::string script, int output = -1) const {
        os::SpawnRequest request{
            .program = "/bin/sh",
            .argv = {"sh", "-c", std::move(script)},
            .environment = {"PATH=/usr/bin:/bin"},
            .stdio = {-1, output, -1},
            .cgroup = group->directory_fd(),
            .cgroups = group->joined_procs_fds(),
        };
        return os::spawn(request).value().release().value();
    }

    [[nodiscard]] std::string output_of(std::string script) const {
        auto pipe = os::make_pipe().value();
        auto child = shell(std::move(script), pipe.write_end.get());
        pipe.write_end.reset();
        return os::read_all(pipe.read_end.get()).value();
    }
};

// A process in the group that goes on when it is told to.
class Waiting {
public:
    Waiting(const Rig& rig, std::string script) {
        auto pipe = os::make_pipe().value();
        os::SpawnRequest request{
            .program = "/bin/sh",
            .argv = {"sh", "-c", "read line; " + std::move(script)},
            .environment = {"PATH=/usr/bin:/bin"},
            .stdio = {pipe.read_end.get(), -1, -1},
            .cgroup = rig.group->directory_fd(),
            .cgroups = rig.group->joined_procs_fds(),
        };
        child_ = os::spawn(request).value().release().value();
        go_ = std::move(pipe.write_end);
    }
    [[nodiscard]] os::WaitStatus goes_on() {
        REQUIRE(os::write_all(go_.get(), "\n").has_value());
        return child_.reap().value();
    }

private:
    os::ChildProcess child_;
    os::Descriptor go_;
};

// One buffer of exactly that size: what tail(1) keeps depends on how its pipe was read.
std::string fill_memory(int mebibytes) {
    return "dd if=/dev/zero of=/dev/null count=1 status=none bs=" + std::to_string(mebibytes) + "M";
}

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

// The processor time of the children that have been reaped.
std::chrono::duration<double> children_cpu_time() {
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    return std::chrono::duration<double>{
        static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
        static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6};
}

} // namespace

TEST_CASE(
    "All processes of a group end at once, are waited for, and the group is removed",
    "[control_group]"
) {
    Rig rig;
    if (!rig.group) CELLOS_SKIP("no control group can be made here: " + rig.group.error().message);
    os::ControlGroup& group = *rig.group;
    const auto path = group.path();
    CHECK_FALSE(group.populated());

    auto pipe = os::make_pipe().value();
    auto child = rig.shell(
        "for i in 1 2 3; do setsid sh -c 'trap \"\" TERM HUP; sleep 1000' & done; echo; wait",
        pipe.write_end.get()
    );
    REQUIRE(os::wait_readable(pipe.read_end.get(), os::Clock::now() + 20s));
    CHECK(group.populated());
    CHECK_FALSE(group.wait_until_empty(os::Clock::now()));
    CHECK_FALSE(group.remove().has_value());
    CHECK(std::filesystem::exists(path));

    REQUIRE(group.kill().has_value());
    CHECK(group.wait_until_empty(os::Clock::now() + 20s));
    CHECK(child.reap()->value == SIGKILL);
    // What the killed ones had open is closed.
    pipe.write_end.reset();
    CHECK(os::read_all(pipe.read_end.get()).value() == "\n");
    REQUIRE(group.remove().has_value());
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK(group.remove().has_value());
}

TEST_CASE(
    "Who waits for a group to be empty hears of it, whoever else looks and waits", "[control_group]"
) {
    Rig rig;
    if (!rig.group) CELLOS_SKIP("no control group can be made here: " + rig.group.error().message);
    const os::ControlGroup& group = *rig.group;
    const auto empty = os::make_event().value();
    for (int round = 0; round < 10; ++round) {
        INFO("round " << round);
        auto child = rig.shell("exec sleep 1000");
        // One who misses the news comes back then, long after the test has failed.
        const auto deadline = os::Clock::now() + 60s;
        const std::jthread waits{[&] {
            static_cast<void>(group.wait_until_empty(deadline));
            os::Raise{empty.get()}();
        }};
        // So that it waits already; if it does not, the test proves less.
        std::this_thread::sleep_for(5ms);
        REQUIRE(group.kill().has_value());
        // Reads on and on, as one who waits as well may at any time.
        const auto patience = os::Clock::now() + 30s;
        bool heard = false;
        while (!heard && os::Clock::now() < patience) {
            static_cast<void>(group.populated());
            heard = os::is_ready(empty.get(), POLLIN);
        }
        CHECK(heard);
        static_cast<void>(child.reap());
        if (!heard) break;
        os::lower(empty.get());
        rig.group->use_again();
    }
    REQUIRE(rig.group->remove().has_value());
}

TEST_CASE(
    "A group is found again by its path, as after a crash of who made it", "[control_group]"
) {
    Rig rig;
    if (!rig.group) CELLOS_SKIP("no control group can be made here: " + rig.group.error().message);
    auto child = rig.shell("exec sleep 1000");
    auto found = os::ControlGroup::open({rig.group->path()});
    REQUIRE(found.has_value());
    CHECK(found->populated());
    REQUIRE(found->kill().has_value());
    CHECK(found->wait_until_empty(os::Clock::now() + 20s));
    CHECK(child.reap()->signaled);
    CHECK_FALSE(os::ControlGroup::open({rig.group->path() / "none"}).has_value());
}

TEST_CASE("Memory: the group's limit kills, and its counter tells", "[control_group]") {
    Rig rig;
    if (!rig.has("memory")) CELLOS_SKIP("no memory controller here");
    REQUIRE(rig.group->limit_memory(std::uint64_t{24} << 20).has_value());
    os::MemoryWatch* const watch = rig.group->memory();
    REQUIRE(watch != nullptr);

    auto modest = rig.shell("exit 0");
    CHECK(modest.reap()->value == 0);
    CHECK_FALSE(watch->triggered());

    // Whoever reads the pipe's one long line holds it in memory.
    auto hog = rig.shell("tr '\\0' x < /dev/zero | sed -n '1{s/x/y/;p}'");
    const pollfd alarm = watch->waited();
    const auto patience = os::Clock::now() + 60s;
    while (!watch->triggered() && os::wait_readable(alarm.fd, patience, alarm.events)) {
    }
    CHECK(watch->triggered());
    REQUIRE(rig.group->kill().has_value());
    CHECK(rig.group->wait_until_empty(os::Clock::now() + 20s));
    static_cast<void>(hog.reap());
    // It is remembered.
    CHECK(watch->triggered());
}

TEST_CASE("A group that cannot hand out a controller says what is needed", "[control_group]") {
    Rig rig;
    const auto unified = std::ranges::find_if(rig.hierarchies, [](const auto& each) {
        return each.unified && each.has("memory");
    });
    if (unified == rig.hierarchies.end()) CELLOS_SKIP("no memory controller of version 2 here");
    REQUIRE(rig.group->limit_memory(std::uint64_t{64} << 20).has_value());
    auto child = rig.shell("exec sleep 1000");
    {
        auto inner = os::ControlGroup::make(
            {{.parent = rig.group->path(), .unified = true, .controllers = {"memory"}}},
            "cellos-inner"
        );
        REQUIRE(inner.has_value());
        const auto limited = inner->limit_memory(std::uint64_t{32} << 20);
        REQUIRE_FALSE(limited.has_value());
        CHECK(os::needs_delegated_group(limited.error()));
    }
    REQUIRE(rig.group->kill().has_value());
    CHECK(rig.group->wait_until_empty(os::Clock::now() + 20s));
    CHECK(child.reap()->signaled);
}

TEST_CASE("What is needed to hand out a controller is told from other errors", "[control_group]") {
    Rig rig;
    const auto unified = std::ranges::find_if(rig.hierarchies, &os::CgroupHierarchy::unified);
    if (!rig.group || unified == rig.hierarchies.end()) CELLOS_SKIP("no cgroup2 here");
    auto hierarchy = *unified;
    hierarchy.controllers = {"no-such-controller"};
    auto group = os::ControlGroup::make({hierarchy}, "cellos-" + os::random_id().value());
    REQUIRE(group.has_value());
    const auto refused = group->reserve("no-such-controller");
    REQUIRE_FALSE(refused.has_value());
    CHECK(os::needs_delegated_group(refused.error()));
    CHECK(refused.error().message.ends_with("a delegated group without processes is needed"));
    const auto unknown = group->reserve("memory");
    REQUIRE_FALSE(unknown.has_value());
    CHECK_FALSE(os::needs_delegated_group(unknown.error()));
}

TEST_CASE("Tasks: no more than the group may have", "[control_group]") {
    Rig rig;
    if (!rig.has("pids")) CELLOS_SKIP("no pids controller here");
    REQUIRE(rig.group->limit_tasks(4).has_value());
    // A shell that cannot fork gives up.
    CHECK(
        rig.output_of("nap() { sleep 1000 >/dev/null & }; nap; nap; echo two; nap; nap; echo four"
        ) == "two\n"
    );
    REQUIRE(rig.group->kill().has_value());
    CHECK(rig.group->wait_until_empty(os::Clock::now() + 20s));
}

TEST_CASE("Processor: a quota holds for the group", "[control_group]") {
    Rig rig;
    if (!rig.has("cpu")) CELLOS_SKIP("no cpu controller here");
    REQUIRE(rig.group->limit_cpu(5'000, 100'000).has_value());
    // Its own clock of processor time against the wall's.
    const auto start = os::Clock::now();
    auto child = rig.shell("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done");
    const auto before = children_cpu_time();
    CHECK(child.reap()->value == 0);
    const std::chrono::duration<double> took = os::Clock::now() - start;
    CHECK((children_cpu_time() - before).count() < took.count() / 5);
}

TEST_CASE("Limits can be set while processes run, and be raised and lowered", "[control_group]") {
    Rig rig;
    if (!rig.has("memory") || !rig.has("cpu")) CELLOS_SKIP("no memory or cpu controller here");
    os::ControlGroup& group = *rig.group;
    REQUIRE(group.reserve("memory").has_value());
    REQUIRE(group.reserve("cpu").has_value());
    Waiting first{rig, fill_memory(48)};
    Waiting second{rig, fill_memory(48) + " && " + fill_memory(48)};
    group.seal();
    for (const std::uint64_t size : {16U, 96U, 24U, 128U, 64U}) {
        INFO(size);
        const auto set = group.limit_memory(size * mebibyte);
        INFO((set ? "" : set.error().message));
        CHECK(set.has_value());
    }
    for (const auto& [quota, period] :
         {std::pair{5'000, 100'000}, {200'000, 100'000}, {1'000, 1'000}, {100'000, 100'000}}) {
        const auto set = group.limit_cpu(quota, period);
        INFO((set ? "" : set.error().message));
        CHECK(set.has_value());
    }
    CHECK(first.goes_on().value == 0);
    CHECK_FALSE(group.memory()->triggered());
    REQUIRE(group.limit_memory(16 * mebibyte).has_value());
    static_cast<void>(second.goes_on());
    CHECK(group.memory()->triggered());
}

TEST_CASE("Memory that ran out before the watch was armed is not told of", "[control_group]") {
    Rig rig;
    if (!rig.has("memory")) CELLOS_SKIP("no memory controller here");
    os::ControlGroup& group = *rig.group;
    REQUIRE(group.limit_memory(16 * mebibyte).has_value());
    static_cast<void>(rig.shell(fill_memory(48)).reap());
    REQUIRE(group.memory()->triggered());
    REQUIRE(group.limit_memory(24 * mebibyte).has_value());
    CHECK_FALSE(group.memory()->triggered());
    CHECK(rig.shell("exit 0").reap()->value == 0);
    CHECK_FALSE(group.memory()->triggered());
    static_cast<void>(rig.shell(fill_memory(48)).reap());
    CHECK(group.memory()->triggered());
}

TEST_CASE("Processor time is that of the whole group, and stays when it ends", "[control_group]") {
    Rig rig;
    if (!rig.group) CELLOS_SKIP("no control group can be made here: " + rig.group.error().message);
    os::ControlGroup& group = *rig.group;
    static_cast<void>(group.reserve("cpuacct")); // where there is no cgroup2
    const auto at_start = group.cpu_time();
    if (!at_start) CELLOS_SKIP("processor time is not counted here");
    CHECK(*at_start == 0ns);
    const auto before = children_cpu_time();
    const std::string count = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
    CHECK(rig.shell("(" + count + ") & " + count + "; wait").reap()->value == 0);
    const std::chrono::duration<double> native = children_cpu_time() - before;
    const auto counted = group.cpu_time();
    REQUIRE(counted.has_value());
    CHECK(
        std::chrono::abs(*counted - native) <
        std::max<std::chrono::duration<double>>(0.05 * native, 20ms)
    );
    CHECK(group.cpu_time() == counted);
    REQUIRE(group.remove().has_value());
    CHECK_FALSE(group.cpu_time().has_value());
}

TEST_CASE("The peak of memory counts from the moment that was chosen", "[control_group]") {
    Rig rig;
    if (!rig.has("memory")) CELLOS_SKIP("no memory controller here");
    os::ControlGroup& group = *rig.group;
    REQUIRE(group.reserve("memory").has_value());
    if (!group.peak_memory()) CELLOS_SKIP("this kernel counts no peak of memory");
    CHECK(rig.shell(fill_memory(32)).reap()->value == 0);
    const auto first = group.peak_memory();
    REQUIRE(first.has_value());
    CHECK(*first >= 32 * mebibyte);
    CHECK(*first < 64 * mebibyte); // with what the program itself and its files take

    group.reset_peak_memory();
    CHECK(rig.shell(fill_memory(16)).reap()->value == 0);
    // Where the kernel cannot count anew, a lower peak cannot be told.
    if (const auto lower = group.peak_memory()) {
        CHECK(*lower >= 16 * mebibyte);
        CHECK(*lower < *first);
    }
    CHECK(rig.shell(fill_memory(64)).reap()->value == 0);
    const auto higher = group.peak_memory();
    REQUIRE(higher.has_value());
    CHECK(*higher >= 64 * mebibyte);
    CHECK(*higher < 96 * mebibyte);
}
