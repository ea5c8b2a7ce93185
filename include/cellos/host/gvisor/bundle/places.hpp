#pragma once

#include <cellos/core/config.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

/// @file
/// Where on the host a cell's things lie. A plan is made before there is a cell: what lies in the
/// cell's own directories is named relative to them, and found once they are there. Pure and
/// portable: nothing here looks at the host.

namespace cellos::inline CELLOS_ABI::gvisor {

/// The directories of one cell.
struct CellPlaces {
    /// The cell's root: absolute, or relative to the bundle.
    std::string root = "rootfs";
    /// The cell's own directory.
    std::filesystem::path directory{};
    /// Where the root of the file system with its volumes is seen.
    std::filesystem::path volumes{};
    /// The directory that the cell sees, read-only, as `/inputs`; nothing before there are any.
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

/// Something of the host that is bound into the cell, with all that is mounted in it.
struct CellMount {
    HostPlace source{};
    std::string cell{}; ///< a normal path
    bool writable = false;
};

/// Where it is; nothing where the cell has no inputs.
[[nodiscard]] CELLOS_DECL std::optional<std::filesystem::path> path_of(
    const HostPlace& place, const CellPlaces& places
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/places.ipp>
#endif
