#pragma once

#include <fstream>
#include <string>

namespace cellos_tests {

/// The most memory that this process has had at once since forget_peak_memory(), in MiB.
inline long peak_memory() {
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stol(line.substr(6)) / 1024;
    return -1;
}

inline void forget_peak_memory() {
    std::ofstream{"/proc/self/clear_refs"} << 5;
}

} // namespace cellos_tests
