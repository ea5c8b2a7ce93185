#pragma once

#include <cellos/core/config.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

/// @file
/// What a workload finds in `/inputs`. Backends get it in RunContext::inputs.

namespace cellos::inline CELLOS_ABI {

/// A directory of the host, to be copied with all that is in it; see InputTree.
struct HostDirectory {
    std::filesystem::path path{};

    friend bool operator==(const HostDirectory&, const HostDirectory&) = default;
};

/// What a file has in it: the bytes themselves, or the path of a file or directory of the host,
/// which is read when the cell's sandbox is up. Text is always bytes: what is to be a path says so.
class InputSource : public std::variant<std::string, std::filesystem::path, HostDirectory> {
public:
    using variant::variant;
    // NOLINTBEGIN(google-explicit-constructor): what else should text be?
    InputSource(const char* text) : variant{std::string{text}} {}
    InputSource(std::string_view text) : variant{std::string{text}} {}
    // NOLINTEND(google-explicit-constructor)
};

/// A file that the cell sees, read-only, as `/inputs/<name>`.
///
///     options.inputs = {{"main.c", "int main(void) { return 0; }"},
///                       {"tests/1.txt", std::filesystem::path{"/srv/tests/1.txt"}},
///                       InputTree{"/srv/project", "project"}};
struct InputFile {
    /// A file name, or a path of up to 64 of them such as `src/main.c`, whose directories are made.
    /// Each is portable: `[A-Za-z0-9._-]{1,255}`, neither `.` nor `..`.
    std::string name{};
    InputSource source{};
    /// Its permission bits in the cell: some of 0555. A program that is to be executed needs 0555.
    /// Of no use to a directory.
    std::uint32_t mode = 0444;
};

/// A directory of the host that the cell sees, read-only, as `/inputs/<name>`, or as `/inputs`
/// itself if the name is empty: a copy of all its files and directories, made for each run. Files
/// that their owner may execute can be executed; names are as they are.
///
/// It is refused if there is anything else in it, such as a symbolic link, which is never followed;
/// if another file system is mounted in it; if a path in it has more than 64 names; or if it is
/// beyond the bounds below. A file that grows or shrinks while it is copied has the
/// size that it had, filled up with NULs.
struct InputTree {
    /// Of files and directories.
    static constexpr std::size_t most_entries = 65'536;
    /// Of all files.
    static constexpr std::uint64_t most_bytes = std::uint64_t{1} << 30;
    /// Of all paths below the directory.
    static constexpr std::size_t most_path_bytes = std::size_t{16} << 20;

    std::filesystem::path directory{};
    std::string name{}; ///< like InputFile::name, or empty

    /// As one of a run's inputs.
    // NOLINTNEXTLINE(google-explicit-constructor): so that it can stand among them
    operator InputFile() const { return {.name = name, .source = HostDirectory{directory}}; }
};

} // namespace cellos::inline CELLOS_ABI
