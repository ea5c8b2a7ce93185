#pragma once

#include <cellos/core/config.hpp>

#include <cstdint>
#include <filesystem>
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
    /// Where the root of the file system with its volumes is seen.
    std::filesystem::path volumes{};
};

/// A file or directory of the host that a cell sees.
struct HostPlace {
    enum class Base : std::uint8_t {
        Host,    ///< `path` is absolute
        Volumes, ///< relative to CellPlaces::volumes
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

/// Where it is.
[[nodiscard]] CELLOS_DECL std::filesystem::path path_of(
    const HostPlace& place, const CellPlaces& places
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/places.ipp>
#endif
