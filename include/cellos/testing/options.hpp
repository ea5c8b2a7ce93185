#pragma once

#include <cellos/core/config.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI::testing {

/// What the laws cannot know of a backend and its machine. Everything has a default.
struct LawOptions {
    /// Where the backend keeps what belongs to cells, such as its state directory: what is in there
    /// after the cells are gone, and was not before, was left behind.
    std::vector<std::filesystem::path> watched_directories{};
    /// Texts on the command lines of the backend's own processes. Those of the workloads are found
    /// without.
    std::vector<std::string> process_markers{};
    /// Whatever else a cell may leave behind, control groups for example: one line per thing.
    std::function<std::set<std::string>()> watched{};
    /// Something that is there in a cell, but that nobody can execute: by default a directory.
    std::string not_executable = "/usr";
    /// How long a law waits for what must happen, before it fails. Only a broken backend waits that
    /// long.
    std::chrono::milliseconds patience{60'000};
};

} // namespace cellos::inline CELLOS_ABI::testing
