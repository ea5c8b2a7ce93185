#pragma once

#include "support/own_control_group.hpp"

#include <cellos/os/descriptor.hpp>
#include <cellos/os/process_table.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// "Nothing is left": what this machine holds that a cell could have left behind.

namespace cellos_tests {

namespace fs = std::filesystem;

/// Compared before and after; what is more afterwards was left behind.
struct Residue {
    std::set<std::string> processes;
    std::set<std::string> files;
    std::set<std::string> mounts;
    std::set<std::string> control_groups;
    std::size_t descriptors = 0;
};

inline std::string file_text(const fs::path& path) {
    return cellos::os::read_file(AT_FDCWD, path.c_str()).value_or("");
}

/// The cgroup2 group of a process, as "/group".
inline std::string cgroup2_of(const fs::path& process) {
    const std::string groups = file_text(process / "cgroup");
    const auto line = groups.find("0::");
    if (line == std::string::npos) return {};
    return groups.substr(line + 3, groups.find('\n', line) - line - 3);
}

/// Processes below this one's control group that run the runsc binary (its platform processes have
/// an empty command line, but keep the executable) or name `marker`; zombies hold nothing and don't
/// count.
inline std::set<std::string> sandbox_processes(std::string_view marker) {
    std::set<std::string> found;
    std::error_code ignored;
    const std::string own_group = cgroup2_of("/proc/self");
    for (const auto& entry : fs::directory_iterator{"/proc", ignored}) {
        const std::string pid = entry.path().filename();
        if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
        if (pid == std::to_string(::getpid())) continue;
        const std::string stat = file_text(entry.path() / "stat");
        const auto end = stat.rfind(')');
        if (end == std::string::npos || stat.compare(end + 2, 1, "Z") == 0) continue;
        const std::string command = file_text(entry.path() / "cmdline");
        const bool named = command.find(marker) != std::string::npos;
        const bool nameless_sandbox =
            command.empty() &&
            fs::read_symlink(entry.path() / "exe", ignored).filename() == "runsc" &&
            cgroup2_of(entry.path()).starts_with(own_group);
        if (named || nameless_sandbox) found.insert(pid + " " + stat.substr(0, end + 1));
    }
    return found;
}

/// Descendants of this program that name `marker`: runsc, and of each sandbox its main processes.
inline std::vector<cellos::os::FoundProcess> named_descendants(std::string_view marker) {
    auto found = cellos::os::find_processes(::getpid(), {});
    std::erase_if(found, [&](const auto& process) {
        const auto command = file_text("/proc/" + std::to_string(process.pid) + "/cmdline");
        return command.find(marker) == std::string::npos;
    });
    return found;
}

/// But for those that tests make themselves, whose source is called so.
inline std::set<std::string> mount_points() {
    std::set<std::string> lines;
    std::ifstream file{"/proc/self/mountinfo"};
    for (std::string line; std::getline(file, line);)
        if (line.find(" cellos-test ") == std::string::npos) lines.insert(line);
    return lines;
}

/// Those of cells, in all hierarchies, below this process's own.
inline std::set<std::string> cell_control_groups() {
    std::set<std::string> found;
    std::error_code ignored;
    for (const auto& hierarchy : cell_hierarchies()) {
        for (auto it = fs::recursive_directory_iterator{hierarchy.parent, ignored};
             it != fs::end(it);
             it.increment(ignored)) {
            if (it->path().filename().native().starts_with("cellos-")) found.insert(it->path());
        }
    }
    return found;
}

/// `state` is the state directory of the backend under test; its path is the marker of its
/// processes.
inline Residue residue(const fs::path& state) {
    Residue now;
    std::error_code ignored;
    now.processes = sandbox_processes(state.native());
    for (auto it = fs::recursive_directory_iterator{state, ignored}; it != fs::end(it);
         it.increment(ignored)) {
        now.files.insert(it->path());
    }
    now.mounts = mount_points();
    now.control_groups = cell_control_groups();
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator{"/proc/self/fd", ignored})
        ++now.descriptors;
    return now;
}

/// What of `state` the laws of backends watch.
inline std::set<std::string> watched(const fs::path& state) {
    Residue now = residue(state);
    now.processes.merge(now.files);
    now.processes.merge(now.control_groups);
    return now.processes;
}

/// One line per thing that is there now and was not before; empty: nothing was left.
inline std::string left_behind(const Residue& before, const Residue& after) {
    std::string text;
    const auto compare = [&](std::string_view what,
                             const std::set<std::string>& old,
                             const std::set<std::string>& now) {
        for (const auto& thing : now) {
            if (!old.contains(thing)) text += std::string{what} + ": " + thing + "\n";
        }
    };
    compare("process", before.processes, after.processes);
    compare("file", before.files, after.files);
    compare("mount", before.mounts, after.mounts);
    compare("control group", before.control_groups, after.control_groups);
    if (after.descriptors > before.descriptors) {
        text +=
            "descriptors: " + std::to_string(after.descriptors - before.descriptors) + " more\n";
    }
    return text;
}

} // namespace cellos_tests
