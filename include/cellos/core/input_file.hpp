#pragma once

#include <cellos/core/config.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>

namespace cellos::inline CELLOS_ABI {

/// A file that the cell sees, read-only, as `/inputs/<name>`.
struct InputFile {
    std::string name{}; ///< portable: `[A-Za-z0-9._-]+`, neither `.` nor `..`
    /// The bytes themselves, or the path of a file on the host.
    std::variant<std::string, std::filesystem::path> source{};
    /// Its permission bits in the cell: some of 0555. A program that is to be executed needs 0555.
    std::uint32_t mode = 0444;
};

} // namespace cellos::inline CELLOS_ABI
