#pragma once

#include <cellos/core/artifact_access.hpp>
#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/outcome.hpp>
#include <cellos/core/result.hpp>
#include <cellos/supervisor/host_command.hpp>
#include <cellos/supervisor/ports.hpp>
#include <cellos/supervisor/run_options.hpp>

#include <string_view>
#include <type_traits>

/// @file
/// What can be known before a cell exists is refused before a cell exists.

namespace cellos::inline CELLOS_ABI::detail {

/// Where a supervisor of this backend runs workloads. The host is a choice that the backend itself
/// must have made, and never what is left when it cannot execute.
template <class Backend>
inline constexpr ExecutedOn executes_on =
    InCellExecution<Backend>                    ? ExecutedOn::Cell
    : RunsOnHost<Backend> && runs_host_commands ? ExecutedOn::Host
                                                : ExecutedOn::Nowhere;

/// What the types of a supervisor's backend and ports can do, as far as admission asks.
struct Capabilities {
    std::string_view backend; ///< its name
    ExecutedOn executes_on;
    bool resolves_secrets;
    bool takes_exports;
    bool opens_artifacts;
};

template <class Backend, class... Ports>
inline constexpr Capabilities capabilities{
    .backend = std::string_view{std::remove_reference_t<Backend>::name},
    .executes_on = executes_on<Backend>,
    .resolves_secrets = has_role<BrokerRole, Ports...>,
    .takes_exports = has_role<ExportRole, Ports...>,
    .opens_artifacts = ArtifactAccess<Backend>,
};

/// Whether a supervisor that can do this takes the document on. What only the backend can know,
/// such as how much of a limit it can enforce, `create` refuses.
[[nodiscard]] CELLOS_DECL Result<void> admit(
    const Capabilities& supervisor, const ExecutionCellDocument& document, const RunOptions& options
);

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/admission.ipp>
#endif
