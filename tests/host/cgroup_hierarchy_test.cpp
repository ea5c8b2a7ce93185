#include "support/catch.hpp"

#include <cellos/os/cgroup_hierarchy.hpp>

using cellos::os::parse_cgroup_hierarchies;

TEST_CASE("Control group hierarchies are found in every set-up that hosts have") {
    SECTION("cgroup2 alone, as systemd has it") {
        const auto found = parse_cgroup_hierarchies(
            "25 30 0:23 / /sys rw - sysfs sysfs rw\n"
            "28 25 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
            "0::/user.slice/user-1000.slice/session-2.scope\n"
        );
        REQUIRE(found.size() == 1);
        CHECK(found[0].unified);
        CHECK(found[0].parent == "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope");
    }
    SECTION("hybrid: version 1 controllers, cgroup2 beside them") {
        const auto found = parse_cgroup_hierarchies(
            "31 24 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n"
            "32 31 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
            "33 31 0:28 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
            "34 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:5 - cgroup cgroup rw,cpu,cpuacct\n"
            "35 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
            "4:memory:/jobs/a\n3:cpu,cpuacct:/\n1:name=systemd:/x\n0::/\n"
        );
        REQUIRE(found.size() == 4);
        CHECK(found[0].parent == "/sys/fs/cgroup/memory/jobs/a");
        CHECK(found[0].has("memory"));
        CHECK(found[1].parent == "/sys/fs/cgroup/cpu,cpuacct");
        CHECK(found[1].has("cpu"));
        CHECK_FALSE(found[1].has("memory"));
        CHECK(found[3].unified);
        CHECK(found[3].parent == "/sys/fs/cgroup/unified");
    }
    SECTION("a container that sees its own part of the hierarchy") {
        const auto found = parse_cgroup_hierarchies(
            "50 40 0:30 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
            "5:memory:/docker/abc/inner\n"
        );
        REQUIRE(found.size() == 1);
        CHECK(found[0].parent == "/sys/fs/cgroup/memory/inner");
    }
    SECTION("groups that this mount does not show") {
        constexpr auto mount =
            "50 40 0:30 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
        CHECK(parse_cgroup_hierarchies(mount, "5:memory:/docker/abcd\n").empty());
        CHECK(parse_cgroup_hierarchies(mount, "5:memory:/../other\n").empty());
        CHECK(parse_cgroup_hierarchies(mount, "0::/docker/abc\n").empty());
    }
    SECTION("spaces in paths, and text that is neither") {
        const auto found = parse_cgroup_hierarchies(
            "nonsense\n\n28 25 0:26 / /a\\040b rw - cgroup2 cgroup2 rw\n", "nonsense\n0::/c d\n"
        );
        REQUIRE(found.size() == 1);
        CHECK(found[0].parent == "/a b/c d");
        CHECK(parse_cgroup_hierarchies("", "").empty());
    }
}
