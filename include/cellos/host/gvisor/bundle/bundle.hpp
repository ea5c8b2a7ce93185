/// @file
/// From a document and the operator's config to the OCI `config.json` that runsc reads. Pure and
/// portable: the same arguments give the same text on every machine.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/parameters.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

namespace gvisor {

/// The sandbox itself needs 15 to 17 MiB; with less than this it dies before the workload starts.
inline constexpr std::int64_t min_memory_bytes = std::int64_t{32} << 20;

/// The cell's host name: its id as one DNS label, so that no tool takes a part of it for a domain.
[[nodiscard]] CELLOS_DECL std::string hostname(std::string_view cell_id);

} // namespace gvisor

/// The complete `config.json` of the cell. `argv` is passed as it is, never through a shell; no
/// path of the host comes from the document; without `run` there is no process in it. Fails with
/// what validate() says, or with Unsupported and one line for each thing that this backend cannot
/// enforce or do. Secrets have no place in it: <cellos/host/gvisor/bundle/secret_config.hpp> puts
/// them into the file, past everything that would copy them.
[[nodiscard]] CELLOS_DECL Result<std::string> generate_bundle_config(
    const ExecutionCellDocument& document,
    const GVisorConfig& config,
    const BundleParameters& parameters = {}
);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/bundle.ipp>
#endif
