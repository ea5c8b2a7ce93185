#pragma once

#include <cellos/core/config.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace cellos::inline CELLOS_ABI {

/// What one run of a workload took, from its exec to its end. The time for a sandbox to boot and
/// for the workload to be handed over is in none of it. What a backend cannot tell is empty, never
/// zero.
struct ResourceUsage {
    std::chrono::nanoseconds wall{}; ///< from exec to the end

    /// Processor time of the workload and of those of its children that it waited for, outside of
    /// its kernel and inside, as that kernel counts. In a sandbox with a kernel of its own that is
    /// the guest's count: gVisor's goes in ticks of 10 ms. On the host it is exact.
    std::optional<std::chrono::nanoseconds> user_time{}, system_time{};

    /// The most memory that the workload held at a time: what its control group counted, less what
    /// the sandbox itself holds; else what its kernel tells of the largest of its processes. Empty
    /// where less was held than can be told from what was there before.
    std::optional<std::uint64_t> peak_memory_bytes{};

    /// Processor time of all that the cell cost from exec on, the sandbox's kernel included, as the
    /// cell's control group counts it. The limit `cpuTimeMs` is about this one.
    std::optional<std::chrono::nanoseconds> sandbox_cpu_time{};

    /// The most memory that the cell's control group held, the sandbox's own included.
    std::optional<std::uint64_t> sandbox_peak_memory_bytes{};

    friend bool operator==(const ResourceUsage&, const ResourceUsage&) = default;
};

} // namespace cellos::inline CELLOS_ABI
