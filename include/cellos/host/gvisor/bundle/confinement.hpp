#pragma once

#include <cellos/core/document.hpp>
#include <cellos/host/gvisor/bundle/oci.hpp>

#include <cstdint>
#include <vector>

/// @file
/// What confines a workload within its sandbox, whether that was booted for it or before: part of
/// its bundle, or of what is handed over to it. Pure and portable.

namespace cellos::inline CELLOS_ABI::gvisor {

/// RLIMIT_NPROC where the document sets none: a fork bomb must end somewhere.
inline constexpr std::int64_t default_max_processes = 1024;

namespace detail {

/// The limits of each process of the workload but that of its memory, by their names in
/// getrlimit(2). Soft and hard are the same.
[[nodiscard]] CELLOS_DECL std::vector<oci::Rlimit> rlimits(const Limits& limits);

/// Each namespace is a new one; the network's holds nothing but a loopback device. runsc has little
/// behind the paths; they stand here for other runtimes and for what it may add.
[[nodiscard]] CELLOS_DECL oci::Linux isolation();

} // namespace detail

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/confinement.ipp>
#endif
