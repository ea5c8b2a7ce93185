#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// A directory and all that is below it, to be copied: listed without following a link, and each
/// file opened where it was listed, whatever other processes do to the tree meanwhile.

namespace cellos::inline CELLOS_ABI::os {

struct TreeEntry {
    std::string path{}; ///< below the directory
    bool is_directory = false;
    bool is_executable = false; ///< a file that its owner may execute
    std::uint64_t bytes = 0;    ///< of a file
};

struct TreeBounds {
    std::size_t entries = 0;
    std::size_t depth = 0;          ///< names of a path
    std::size_t path_bytes = 0;     ///< of one path
    std::size_t all_path_bytes = 0; ///< of all of them
    std::uint64_t bytes = 0;        ///< of all files
};

/// All directories and regular files below `directory`, sorted by their paths. `shown_as` is how
/// the user calls it. Errors (Host) name what is in the way as `<shown_as>/<path>`: anything else
/// (a symbolic link, a FIFO, a socket, a device), a mount, what can't be read, and what is beyond
/// the bounds. Holds two descriptors. Thread-safe. Needs Linux 5.6.
[[nodiscard]] CELLOS_DECL Result<std::vector<TreeEntry>> list_tree(
    int directory, std::string_view shown_as, const TreeBounds& bounds
);

/// A regular file, opened for reading; whoever opens it must have seen that it isn't anything else
/// that opening would change.
struct OpenedFile {
    Descriptor file{};
    std::uint64_t bytes = 0; ///< its size
};

/// Opens a file of a listing. Errors like those of list_tree(). Thread-safe.
[[nodiscard]] CELLOS_DECL Result<OpenedFile> open_listed(
    int directory, std::string_view shown_as, const std::string& path
);

/// Opens a regular file of the host to be copied. Errors (Host) name the path as it is.
/// Thread-safe.
[[nodiscard]] CELLOS_DECL Result<OpenedFile> open_to_copy(const std::string& path);

/// Opens a directory of the host for the two functions above. The path itself may be a link. Errors
/// (Host) name the path as it is. Thread-safe.
[[nodiscard]] CELLOS_DECL Result<Descriptor> open_tree(const std::string& path);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/tree_listing.ipp>
#endif
