#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace cellos_test {

/// The lines of a file, without their newlines; none where there is no such file.
[[nodiscard]] inline std::vector<std::string> lines_of(const std::filesystem::path& path) {
    std::vector<std::string> lines;
    std::ifstream file{path};
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

} // namespace cellos_test
