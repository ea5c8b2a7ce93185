#pragma once

#include <cellos/core/config.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
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

/// The most that any cell gets, whatever its document says. A document that asks for more is
/// refused (Unsupported, one line for each limit); where it says nothing, the ceiling is its limit.
/// A ceiling that is absent is none. Each must be a value that a document could have, and is then
/// enforced as that would be: what this host cannot enforce is refused as well.
struct Ceilings {
    std::optional<std::int64_t> memory_max_bytes{}; ///< of the workload
    std::optional<std::int64_t> max_processes{};
    std::optional<std::int64_t> max_open_files{};
    std::optional<std::int64_t> scratch_bytes{}; ///< of each writable file system of the cell
    std::optional<std::int64_t> max_output_bytes{};
    /// Of `spec.lifetime.ttlSeconds`, which every document has, and which nothing of a cell
    /// outlasts.
    std::optional<std::int64_t> ttl_seconds{};
    /// How many cells there are at once in one state directory, whichever programs made them;
    /// `create` refuses one more (TooManyCells). Sandboxes that wait for a cell do not count. It
    /// holds for programs that set it.
    std::optional<std::int64_t> cells{};

    friend bool operator==(const Ceilings&, const Ceilings&) = default;
};

} // namespace cellos::inline CELLOS_ABI
