#pragma once

#include <cellos/core/config.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>

/// @file
/// What an operator decides about cells whatever sandboxes them; the document never does.

namespace cellos::inline CELLOS_ABI {

/// A file or directory of the host that the cell sees at `cell` (absolute). Never follows the
/// document.
struct HostMount {
    std::filesystem::path host{};
    std::string cell{};
    bool writable = false;
};

/// The host's toolchain without the host's files: its `/usr` and `/etc/alternatives` read-only, and
/// an `/etc` of the cell's own that holds only what programs need to start.
struct SystemRootfs {};

/// A directory that holds a complete root file system. Never written to: mount points that the cell
/// needs must already be there.
struct DirectoryRootfs {
    std::filesystem::path path{};
};

using Rootfs = std::variant<SystemRootfs, DirectoryRootfs>;

/// Who the workload is, in the cell.
struct CellUser {
    std::uint32_t uid = 65534;
    std::uint32_t gid = 65534;
};

/// What becomes of a limit of the document that this host cannot hold the whole cell to.
enum class Enforcement : std::uint8_t {
    Strict,     ///< `create` refuses the document: Unsupported
    BestEffort, ///< what comes closest is done instead, and CellReport::caveats says so
};

} // namespace cellos::inline CELLOS_ABI
