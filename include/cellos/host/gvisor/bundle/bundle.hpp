/// @file
/// From a document and the operator's config to the OCI `config.json` that runsc reads. Pure and
/// portable: the same arguments give the same text on every machine.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/parameters.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

namespace gvisor {

struct CellPlaces;
struct CellPlan;

/// The complete `config.json` of a cell. `argv` is passed unchanged, never through a shell; no host
/// path comes from the document; without a command it has no process. It contains no secrets:
/// `secrets` names an environment variable as a placeholder (empty: none), which
/// <cellos/host/gvisor/bundle/secret_config.hpp> replaces in the file, so that nothing copies their
/// values. `group_limits_memory`: the cell has a control group that limits its memory.
[[nodiscard]] CELLOS_DECL std::string bundle_config(
    const CellPlan& plan,
    const CellPlaces& places,
    bool group_limits_memory,
    std::string_view secrets = {}
);

} // namespace gvisor

/// The `config.json` of a cell of this document, as bundle_config() writes it. Fails with the
/// errors of validate(), or with Unsupported and one line for each thing that this backend cannot
/// enforce or do. The mounts for the document's secrets and artifacts must be in `parameters`.
[[nodiscard]] CELLOS_DECL Result<std::string> generate_bundle_config(
    const ExecutionCellDocument& document,
    const GVisorConfig& config,
    const BundleParameters& parameters = {}
);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/bundle.ipp>
#endif
