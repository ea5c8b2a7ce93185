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

/// The complete `config.json` of a cell. `argv` is passed as it is, never through a shell; no path
/// of the host comes from the document; without a command there is no process in it. Secrets have
/// no place in it: <cellos/host/gvisor/bundle/secret_config.hpp> puts them into the file, past
/// everything that would copy them, where the variable `secrets` stands; empty: nowhere.
/// `group_limits_memory`: the cell has a control group that does.
[[nodiscard]] CELLOS_DECL std::string bundle_config(
    const CellPlan& plan,
    const CellPlaces& places,
    bool group_limits_memory,
    std::string_view secrets = {}
);

} // namespace gvisor

/// The `config.json` of a cell of this document, as bundle_config() writes it. Fails with what
/// validate() says, or with Unsupported and one line for each thing that this backend cannot
/// enforce or do. What the document's secrets and artifacts have mounted is for `parameters` to
/// say.
[[nodiscard]] CELLOS_DECL Result<std::string> generate_bundle_config(
    const ExecutionCellDocument& document,
    const GVisorConfig& config,
    const BundleParameters& parameters = {}
);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/bundle.ipp>
#endif
