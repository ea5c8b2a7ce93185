#pragma once

#include <cellos/core/hasher.hpp>
#include <cellos/core/span.hpp>
#include <cellos/host/sandbox/config.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

/// @file
/// What the operator decides about gVisor cells; the document never does.

namespace cellos::inline CELLOS_ABI {

/// A gVisor backend's configuration: where cells live, what they see of the host, and how runsc is
/// called.
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
    /// The first process of each sandbox that is booted ahead (Prewarmed), the CMake target
    /// `cellos-launcher`. Empty: beside the running program, or on its PATH.
    std::filesystem::path launcher{};
    /// The platform of sandboxes that are booted ahead. ptrace hands over faster than systrap, and
    /// costs nothing while it waits; systrap makes system calls several times as fast. Empty: that
    /// of `platform`.
    std::string warm_platform{};
};

} // namespace cellos::inline CELLOS_ABI
