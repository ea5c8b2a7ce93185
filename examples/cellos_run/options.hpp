#pragma once

#include <cellos/core/stdio.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cellos_run {

/// What the command line asks for.
struct Options {
    std::string backend{};
    std::string document{}; ///< a file, or `-` for standard input
    std::filesystem::path runsc{};
    std::string platform{};
    std::filesystem::path rootfs{}; ///< empty: the host's toolchain
    std::vector<cellos::HostMount> mounts{};
    std::vector<cellos::InputFile> inputs{};
    std::optional<std::filesystem::path> events{};
    std::optional<std::filesystem::path> report{};
};

/// The options, or the exit code of a program that has said all there is to say (`--help`, a
/// mistake).
[[nodiscard]] std::variant<Options, int> parse_command_line(int argc, char** argv);

} // namespace cellos_run
