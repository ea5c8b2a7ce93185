#pragma once

#include <cellos/os/cgroup_hierarchy.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace cellos_tests {

/// The hierarchies in which cells have groups.
inline cellos::os::CgroupHierarchies cell_hierarchies() {
    auto hierarchies = cellos::os::find_cgroup_hierarchies();
    std::erase_if(hierarchies, [](const auto& hierarchy) {
        return !hierarchy.unified && !hierarchy.has("memory") && !hierarchy.has("pids") &&
               !hierarchy.has("cpu") && !hierarchy.has("cpuacct");
    });
    return hierarchies;
}

/// A control group, in each hierarchy that cells use, that this program moves into: what is below
/// its own group is then its own, whoever else runs sandboxes on this machine. Where none can be
/// made it stays where it was.
class OwnControlGroup {
public:
    OwnControlGroup() {
        for (const auto& hierarchy : cell_hierarchies()) {
            const auto group = hierarchy.parent / ("cellos_test-" + std::to_string(owner_));
            if (::mkdir(group.c_str(), 0755) == 0) left_.push_back(hierarchy.parent);
            join(group);
        }
    }
    OwnControlGroup(const OwnControlGroup&) = delete;
    OwnControlGroup& operator=(const OwnControlGroup&) = delete;
    ~OwnControlGroup() {
        if (::getpid() != owner_) return;
        for (const auto& parent : left_) {
            join(parent);
            ::rmdir((parent / ("cellos_test-" + std::to_string(owner_))).c_str());
        }
    }

private:
    static void join(const std::filesystem::path& group) {
        std::ofstream{group / "cgroup.procs"} << 0;
    }

    pid_t owner_ = ::getpid();
    std::vector<std::filesystem::path> left_{}; ///< the groups that it came from
};

} // namespace cellos_tests
