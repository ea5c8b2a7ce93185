#pragma once

#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include <unistd.h>

/// @file
/// What processes take of the memory, as /proc tells it (proc(5)).

namespace cellos_bench {

namespace detail {

/// The number behind `key` in a file of lines `Key: 123 kB`; 0 if the process has gone.
[[nodiscard]] inline long number_in(const std::filesystem::path& file, const std::string& key) {
    std::ifstream lines{file};
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(key + ':')) return std::stol(line.substr(key.size() + 1));
    return 0;
}

} // namespace detail

/// KiB of this process in memory.
[[nodiscard]] inline long own_resident_kib() {
    return detail::number_in("/proc/self/status", "VmRSS");
}

/// KiB that all the processes below this one take, where what several share counts once.
[[nodiscard]] inline long descendants_kib() {
    std::multimap<long, long> children;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
        const std::string name = entry.path().filename();
        long pid = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{})
            continue;
        children.emplace(detail::number_in(entry.path() / "status", "PPid"), pid);
    }
    long sum = 0;
    std::set<long> seen;
    const auto add = [&](const auto& self, long parent) -> void {
        const auto [first, last] = children.equal_range(parent);
        for (auto child = first; child != last; ++child) {
            if (!seen.insert(child->second).second) continue;
            const auto process = std::filesystem::path{"/proc"} / std::to_string(child->second);
            sum += detail::number_in(process / "smaps_rollup", "Pss");
            self(self, child->second);
        }
    };
    add(add, ::getpid());
    return sum;
}

} // namespace cellos_bench
