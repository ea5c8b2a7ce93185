#pragma once

#include <cellos/core/config.hpp>

#include <filesystem>
#include <string>
#include <variant>

namespace cellos::inline CELLOS_ABI {

/// A file that the cell sees, read-only, as `/inputs/<name>`.
struct InputFile {
    std::string name{}; ///< portable: `[A-Za-z0-9._-]+`, neither `.` nor `..`
    /// The bytes themselves, or the path of a file on the host.
    std::variant<std::string, std::filesystem::path> source{};
};

} // namespace cellos::inline CELLOS_ABI
