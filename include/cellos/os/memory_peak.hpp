#pragma once

#include <cellos/core/config.hpp>
#include <cellos/os/cgroup_directory.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstdint>
#include <optional>
#include <utility>

namespace cellos::inline CELLOS_ABI::os {

/// The most memory that a control group has used at once, from a moment on that can be chosen.
/// Owns its descriptor, and keeps no group alive. Not thread-safe.
///
/// Version 1 and cgroup2 since Linux 6.12 can be told to count anew. Cgroup2 since 5.19 only knows
/// the maximum since the group was made, which is exact again once it has been passed: until then
/// nothing is told. Before 5.19 nothing is ever told. The kernel books memory in advance, 256 KiB
/// for each processor at most, and counts that as used.
class MemoryPeak {
public:
    /// `group` is the one in the hierarchy of the memory controller. Nothing where none is counted.
    [[nodiscard]] CELLOS_DECL static std::optional<MemoryPeak> open(const CgroupDirectory& group);

    /// Counts from now on. Until it is called: since the group was made.
    CELLOS_DECL void reset() noexcept;

    /// In bytes; nothing while it cannot be told.
    [[nodiscard]] CELLOS_DECL std::optional<std::uint64_t> bytes() const noexcept;

private:
    explicit MemoryPeak(Descriptor file) noexcept : file_{std::move(file)} {}

    /// What the file says, whatever it counts.
    [[nodiscard]] std::optional<std::uint64_t> read() const noexcept;

    Descriptor file_; ///< with cgroup2 it is what counts anew: another one knows nothing of it
    std::uint64_t before_ = 0; ///< the maximum until the reset, where the file goes on with it
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/memory_peak.ipp>
#endif
