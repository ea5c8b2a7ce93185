#pragma once

#include <cellos/core/argv_bounds.hpp>
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
/// Refuses a document before a cell exists, if it can be known by then that the cell would fail.

namespace cellos::inline CELLOS_ABI::detail {

/// Where a supervisor of this backend runs workloads. On the host only if the backend declares it,
/// never as a fallback for a missing `execute`.
template <class Backend>
inline constexpr ExecutedOn executes_on =
    InCellExecution<Backend>                    ? ExecutedOn::Cell
    : RunsOnHost<Backend> && runs_host_commands ? ExecutedOn::Host
                                                : ExecutedOn::Nowhere;

/// The capabilities of a supervisor's backend and ports, as far as admission needs them.
struct Capabilities {
    std::string_view backend; ///< its name
    ExecutedOn executes_on;
    bool resolves_secrets;
    bool takes_exports;
    bool opens_artifacts;
    ArgvBounds argv_bounds{};
};

template <class Backend, class... Ports>
inline constexpr Capabilities capabilities{
    .backend = std::string_view{std::remove_reference_t<Backend>::name},
    .executes_on = executes_on<Backend>,
    .resolves_secrets = has_role<BrokerRole, Ports...>,
    .takes_exports = has_role<ExportRole, Ports...>,
    .opens_artifacts = ArtifactAccess<Backend>,
    .argv_bounds = argv_bounds_of<Backend>,
};

/// Checks whether a supervisor with these capabilities accepts the document. What only the backend
/// knows, such as which limits it can enforce, is checked by `create`. Errors: those of validate();
/// Unsupported, SecretBroker or ExportSink if the backend or a port is missing something;
/// InvalidSpec for the options; Cancelled. Thread-safe.
[[nodiscard]] CELLOS_DECL Result<void> admit(
    const Capabilities& supervisor, const ExecutionCellDocument& document, const RunOptions& options
);

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/admission.ipp>
#endif
