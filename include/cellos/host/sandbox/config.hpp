#pragma once

#include <cellos/core/config.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>

/// @file
/// The operator's settings that all sandboxes share; a document cannot change them.

namespace cellos::inline CELLOS_ABI {

/// A file or directory of the host that the cell sees at `cell` (absolute). Never taken from the
/// document.
struct HostMount {
    std::filesystem::path host{};
    std::string cell{};
    bool writable = false;
};

/// The host's toolchain without the host's files: its `/usr` and `/etc/alternatives` read-only, and
/// a separate `/etc` with only what programs need to start, and the settings that links below
/// `/usr` lead to, unless they are secret. The user has the home directory `/home/cell`.
struct SystemRootfs {};

/// A directory with a complete root file system. It is never written to: the mount points that a
/// cell needs must already exist.
struct DirectoryRootfs {
    std::filesystem::path path{};
};

using Rootfs = std::variant<SystemRootfs, DirectoryRootfs>;

/// The user and group that the workload runs as, in the cell.
struct CellUser {
    std::uint32_t uid = 65534;
    std::uint32_t gid = 65534;
};

/// What to do about a limit of the document that this host cannot enforce for the whole cell.
enum class Enforcement : std::uint8_t {
    Strict,     ///< `create` refuses the document: Unsupported
    BestEffort, ///< the closest alternative is enforced, and CellReport::caveats says so
};

} // namespace cellos::inline CELLOS_ABI
