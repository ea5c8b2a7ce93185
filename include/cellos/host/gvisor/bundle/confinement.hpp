#pragma once

#include <cellos/core/document.hpp>
#include <cellos/host/gvisor/bundle/oci.hpp>

#include <cstdint>
#include <vector>

/// @file
/// What confines a workload inside its sandbox: the isolation is part of the bundle, the limits of
/// the request that starts a command. Pure and portable.

namespace cellos::inline CELLOS_ABI::gvisor {

/// RLIMIT_NPROC unless the document sets another: a bound for fork bombs.
inline constexpr std::int64_t default_max_processes = 1024;

namespace detail {

/// The limits of each process of the workload, except for memory, by their names in getrlimit(2).
/// Soft and hard limits are equal.
[[nodiscard]] CELLOS_DECL std::vector<oci::Rlimit> rlimits(const Limits& limits);

/// New namespaces of every type; the network namespace has only a loopback device. The masked and
/// read-only paths matter little with runsc, which has little behind them; they are for other
/// runtimes and for paths that runsc may add.
[[nodiscard]] CELLOS_DECL oci::Linux isolation();

} // namespace detail

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/confinement.ipp>
#endif
