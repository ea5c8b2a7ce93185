/// @file
/// What a plan takes of the host: where its root file system and its mounts lie, and whether they
/// are there.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/places.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/config.hpp>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;

/// A plan, and the host that it was made for.
struct Planned {
    CellPlan plan{};
    const HostFacts& host;
};

/// Makes the plan of the document on this host, which must outlive it. What plan_cell() refuses is
/// refused before the host is asked for anything; then the errors are those of Host::facts().
/// Thread-safe.
[[nodiscard]] CELLOS_DECL Result<Planned> plan_on(
    Host& host, const ExecutionCellDocument& document
);

/// Where the cell's things lie for this process, before anything of its run is known.
[[nodiscard]] CELLOS_DECL CellPlaces places_here(const Cell& cell, const GVisorConfig& config);

/// Where they lie for runsc, which sees the volumes in the cell's directory.
[[nodiscard]] CELLOS_DECL CellPlaces places_for_runsc(const Cell& cell, const GVisorConfig& config);

/// Whether everything that runsc would otherwise make on the host is there. Host: what isn't.
[[nodiscard]] CELLOS_DECL Result<void> check_places(const CellPlan& plan, const CellPlaces& places);

/// Whether this host has a safe place for all that the plan needs. Unsupported, with one line for
/// each thing that it has none for.
[[nodiscard]] CELLOS_DECL Result<void> check_safe_places(
    const CellPlan& plan, const HostFacts& host, const GVisorConfig& config
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/cell/placement.ipp>
#endif
