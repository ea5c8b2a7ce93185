#pragma once

#include <cellos/core/config.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

/// @file
/// Where the files of a cell are on the host. A plan is made before the cell exists: it names files
/// in the cell's own directories by relative paths, which are resolved once the directories exist.
/// Pure and portable: nothing here looks at the host.

namespace cellos::inline CELLOS_ABI::gvisor {

/// The directories of one cell.
struct CellPlaces {
    /// The cell's root: absolute, or relative to the bundle.
    std::string root = "rootfs";
    /// The cell's own directory.
    std::filesystem::path directory{};
    /// Where the root of the file system with the cell's volumes is visible.
    std::filesystem::path volumes{};
    /// The directory that the cell sees, read-only, as `/inputs`; empty until there are input
    /// files.
    std::optional<std::filesystem::path> inputs{};
};

/// A file or directory of the host that a cell sees.
struct HostPlace {
    enum class Base : std::uint8_t {
        Host,      ///< `path` is absolute
        Directory, ///< relative to CellPlaces::directory
        Volumes,   ///< relative to CellPlaces::volumes
        Inputs,    ///< CellPlaces::inputs itself
    };

    Base base = Base::Host;
    std::filesystem::path path{};

    friend bool operator==(const HostPlace&, const HostPlace&) = default;
};

/// A file or directory of the host that is recursively bind-mounted into the cell.
struct CellMount {
    HostPlace source{};
    std::string cell{}; ///< a normal path
    bool writable = false;
};

/// The path of a place; empty if it is the inputs and the cell has none.
[[nodiscard]] CELLOS_DECL std::optional<std::filesystem::path> path_of(
    const HostPlace& place, const CellPlaces& places
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/places.ipp>
#endif
