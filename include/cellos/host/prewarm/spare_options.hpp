#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cellos::inline v0 {

/// How sandboxes are booted that wait for their cells.
struct SpareOptions {
    /// A command to run once in each sandbox before it waits, as the cells' user, in `/`:
    /// `{"python3", "-c", "pass"}` makes Python's first start its second one. Whatever it leaves
    /// running is ended; a command that fails is an error. Empty: none.
    std::vector<std::string> prepare{};
    /// The first process of each sandbox, the CMake target `cellos-launcher`. Empty: beside the
    /// running program, or on its PATH.
    std::filesystem::path launcher{};
    /// For these sandboxes alone. ptrace hands over twice as fast as systrap, and costs nothing
    /// while it waits; systrap makes system calls five times as fast. Empty: the backend's.
    std::string platform{};
};

} // namespace cellos::inline v0
