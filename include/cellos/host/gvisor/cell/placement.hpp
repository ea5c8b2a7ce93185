/// @file
/// What a plan uses of the host: where its root file system and its mounts are, and whether they
/// exist.
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

/// Plans the document's cell on this host; `host` must outlive the result. The errors are those of
/// plan_cell(), found before the host is looked at, and then those of Host::facts(). Thread-safe.
[[nodiscard]] CELLOS_DECL Result<Planned> plan_on(
    Host& host, const ExecutionCellDocument& document
);

/// Where the cell's files are for this process, before its run begins.
[[nodiscard]] CELLOS_DECL CellPlaces places_here(const Cell& cell, const GVisorConfig& config);

/// Where they are for runsc, which sees the volumes in the cell's directory.
[[nodiscard]] CELLOS_DECL CellPlaces places_for_runsc(const Cell& cell, const GVisorConfig& config);

/// Checks that everything exists that runsc would otherwise create on the host. The error (Host)
/// lists what is missing.
[[nodiscard]] CELLOS_DECL Result<void> check_places(const CellPlan& plan, const CellPlaces& places);

/// Checks that this host has a safe place for everything that the plan needs. The error is
/// Unsupported, with one line for each thing without a safe place.
[[nodiscard]] CELLOS_DECL Result<void> check_safe_places(
    const CellPlan& plan, const GVisorConfig& config
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/cell/placement.ipp>
#endif
