#pragma once

#include <cellos/core/hasher.hpp>
#include <cellos/core/span.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

/// @file
/// What the operator decides about gVisor cells; the document never does.

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

struct GVisorConfig {
    /// Empty: `runsc` on the `PATH` of this process.
    std::filesystem::path runsc{};
    /// `systrap`, `ptrace` or `kvm`. Empty: systrap where this runsc knows it, else ptrace.
    std::string platform{};
    Rootfs rootfs{};
    std::vector<HostMount> mounts{};
    CellUser user{};
    /// Where cells keep their files while they live; made with mode 0700. Empty: a memory-backed
    /// directory of this user (`/run/cellos`, `$XDG_RUNTIME_DIR/cellos` or
    /// `/dev/shm/cellos-<uid>`).
    std::filesystem::path state_directory{};
    /// The longest that one call of runsc other than the run itself may take.
    std::chrono::milliseconds runsc_deadline{2000};
    /// Fills the digests of the handle; empty: they stay empty.
    HasherFactory sha256{};
    Enforcement enforcement = Enforcement::Strict;
    /// A cgroup2 group that is delegated to this program and holds no process: cells' groups go
    /// there. Empty: this process's own group, which is enough with the version 1 controllers and
    /// at the root of cgroup2. Elsewhere cgroup2 gives controllers to none of the children of a
    /// group that has processes.
    std::filesystem::path cgroup_parent{};
    /// Traces every call of runsc: `spans_of(tracer)`. Empty: none.
    SpanFactory spans{};
};

} // namespace cellos::inline CELLOS_ABI
