#pragma once

#include <cellos/core/config.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI::testing {

/// What the laws have to be told about a backend and its machine. Everything has a default.
struct LawOptions {
    /// Directories where the backend keeps files of cells, such as its state directory: files that
    /// are there after the cells are gone, and were not before, count as left behind.
    std::vector<std::filesystem::path> watched_directories{};
    /// Texts on the command lines of the backend's own processes. Workloads are found without them.
    std::vector<std::string> process_markers{};
    /// Lists anything else that a cell may leave behind, such as control groups: one line per
    /// thing.
    std::function<std::set<std::string>()> watched{};
    /// A path that exists in a cell but cannot be executed: by default a directory.
    std::string not_executable = "/usr";
    /// How long a law waits for something that must happen before it fails. Only a broken backend
    /// takes that long.
    std::chrono::milliseconds patience{60'000};
};

} // namespace cellos::inline CELLOS_ABI::testing
