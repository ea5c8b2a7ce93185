// Control groups as this kernel has them: version 1, version 2 or both. CTest's host/cgroup2 runs
// these test cases once more on a kernel that has version 2 alone.
#include "support/catch.hpp"

#include <cellos/os/control_group.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/state_directory.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

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
    rusage before{};
    ::getrusage(RUSAGE_CHILDREN, &before);
    CHECK(child.reap()->value == 0);
    rusage after{};
    ::getrusage(RUSAGE_CHILDREN, &after);
    const std::chrono::duration<double> took = os::Clock::now() - start;
    const auto seconds = [](const rusage& usage) {
        return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    };
    CHECK(seconds(after) - seconds(before) < took.count() / 5);
}
