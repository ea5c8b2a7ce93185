/// @file
/// Where the root file system and the mounts of a run lie on the host, and whether they are there.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/parameters.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <filesystem>
#include <vector>

namespace cellos::inline CELLOS_ABI::gvisor {

/// What this document has mounted beside the operator's mounts: its secrets, where they are files
/// in the directory `cell`, and the volumes of its artifacts, whose root is seen at `volumes`.
[[nodiscard]] CELLOS_DECL std::vector<HostMount> run_mounts(
    const ExecutionCellSpec& spec,
    const std::filesystem::path& cell,
    const std::filesystem::path& volumes
);

/// What the host, the rootfs and the document say about a run, before anything of the run is known.
/// `cell` is the cell's directory, and `volumes` where the root of its artifacts is seen.
[[nodiscard]] CELLOS_DECL BundleParameters placement(
    const ExecutionCellSpec& spec,
    const HostFacts& host,
    const GVisorConfig& config,
    const std::filesystem::path& cell,
    const std::filesystem::path& volumes
);

/// Whether everything that runsc would otherwise make on the host is there. Host: what isn't.
[[nodiscard]] CELLOS_DECL Result<void> check_places(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
);

/// Whether this host has a safe place for all that the document asks for. Unsupported, with one
/// line for each thing that it has none for.
[[nodiscard]] CELLOS_DECL Result<void> check_safe_places(
    const ExecutionCellSpec& spec, const HostFacts& host, const GVisorConfig& config
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/cell/placement.ipp>
#endif
