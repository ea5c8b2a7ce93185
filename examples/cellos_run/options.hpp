#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/input_file.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cellos_run {

/// What the program is asked to do.
enum class Task : std::uint8_t { Run, Validate, Schema, Doctor, VerifyEvents, Recover };

/// What the command line asks for.
struct Options {
    Task task = Task::Run;
    std::string backend{};
    std::vector<std::string> documents{}; ///< files, or `-` for standard input; one, if it is run
    std::filesystem::path runsc{};
    std::string platform{};
    std::filesystem::path rootfs{}; ///< empty: the host's toolchain
    std::vector<cellos::HostMount> mounts{};
    std::vector<cellos::InputFile> inputs{};
    std::vector<cellos::ExportArtifact> exports{}; ///< beside those of the document
    std::optional<std::filesystem::path> export_to{};
    std::vector<std::string> secrets{};         ///< variables that documents may name
    std::optional<std::string> secret_prefix{}; ///< of all variables that they may name, too
    std::optional<std::filesystem::path> policy{};
    cellos::Ceilings ceilings{};
    std::optional<std::filesystem::path> events{}; ///< to write, or to verify
    std::optional<std::filesystem::path> report{};
    std::optional<std::filesystem::path> trace{};
    bool watch = false;
    bool usage = false;
    bool quick = false;                              ///< of Task::Doctor
    std::optional<std::filesystem::path> sign_key{}; ///< private, for the events of this run
    std::optional<std::filesystem::path> key{};      ///< public, for the events to verify
};

/// The options, or the exit code of a program that has said all there is to say (`--help`, a
/// mistake).
[[nodiscard]] std::variant<Options, int> parse_command_line(int argc, char** argv);

} // namespace cellos_run
