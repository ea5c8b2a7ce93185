#pragma once

#include <cellos/core/argv_bounds.hpp>
#include <cellos/core/hasher.hpp>
#include <cellos/core/span.hpp>
#include <cellos/host/sandbox/config.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

/// @file
/// The operator's settings for gVisor cells; a document cannot change them.

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
    /// Where cells keep their files while they exist; created with mode 0700. Empty: a
    /// memory-backed directory of this user (`/run/cellos`, `$XDG_RUNTIME_DIR/cellos` or
    /// `/dev/shm/cellos-<uid>`).
    std::filesystem::path state_directory{};
    /// How long a call of runsc, other than the run itself, may take.
    std::chrono::milliseconds runsc_deadline{2000};
    /// Computes the digests in the handle. Empty: they stay empty.
    HasherFactory sha256{};
    Enforcement enforcement = Enforcement::Strict;
    /// A cgroup2 group that is delegated to this program and holds no process: cells' groups are
    /// created there. Empty: this process's own group, which is enough with the version 1
    /// controllers and at the root of cgroup2. Elsewhere cgroup2 does not enable controllers for
    /// the children of a group that has processes.
    std::filesystem::path cgroup_parent{};
    /// Traces every call of runsc; usually `spans_of(tracer)`. Empty: no tracing.
    SpanFactory spans{};
    /// The program that is the first process of each sandbox, built by the CMake target
    /// `cellos-agent`. Empty: the one that was built into this program; if there is none, it is
    /// looked for beside the running program, then on its PATH.
    std::filesystem::path agent{};
    /// The platform of sandboxes that are booted ahead. ptrace starts a cell faster than systrap
    /// and uses no processor time while it waits; system calls are several times faster with
    /// systrap. Empty: `platform`.
    std::string warm_platform{};
    /// Spares every start of runsc three waits for the kernel of 10 ms each, by a seccomp filter
    /// that answers one kind of membarrier(2), which only the platform kvm needs, at once. Has no
    /// effect with kvm, or without CAP_SYS_ADMIN.
    bool skip_membarrier_wait = true;
    /// Permits, with a caveat in each report, what is refused otherwise: a runsc before 20230920
    /// whose control socket cannot be hidden in a private network namespace, since this process
    /// may make none. Every user of this host can then do everything in its cells.
    bool trust_local_users = false;
    /// What no document gets more of.
    Ceilings ceilings{};
};

namespace gvisor {

/// How long a command in a gVisor cell can be.
inline constexpr ArgvBounds argv_bounds{};

} // namespace gvisor

} // namespace cellos::inline CELLOS_ABI
