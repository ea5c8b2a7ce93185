#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/exit_status.hpp>
#include <cellos/core/outcome.hpp>
#include <cellos/core/usage.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// @file
/// CloudEvents 1.0 as this library emits them. Every kind of event is a plain struct with its type;
/// `data` of an event is one of these structs. None has a member for the value of a secret, an
/// argument of the command or the value of a variable, so no event can contain one.

namespace cellos::inline CELLOS_ABI {

struct CellStarted {
    static constexpr std::string_view type = "dev.cellos.events.cell.lifecycle.v1.started";
    std::string cell_id{};
    std::string spec_id{};
    std::optional<std::string> kernel_digest_sha256{};
    std::optional<std::string> rootfs_digest_sha256{};
    std::optional<std::string> firecracker_digest_sha256{};
    std::optional<Correlation> correlation{};
};

struct IdentityMaterialized {
    static constexpr std::string_view type = "dev.cellos.events.cell.identity.v1.materialized";
    std::string cell_id{};
    std::string secret_ref{};
};

struct IdentityRevoked {
    static constexpr std::string_view type = "dev.cellos.events.cell.identity.v1.revoked";
    std::string cell_id{};
    std::string secret_ref{};
};

struct IdentityFailed {
    static constexpr std::string_view type = "dev.cellos.events.cell.identity.v1.failed";
    std::string cell_id{};
    std::string secret_ref{};
    std::string reason{};
};

struct ProcessSpawned {
    static constexpr std::string_view type =
        "dev.cellos.events.cell.observability.v1.process_spawned";
    std::string cell_id{};
    std::string program{};
    std::int64_t argument_count = 0; ///< without `argv[0]`; the arguments are not recorded
    ExecutedOn executed_on = ExecutedOn::Nowhere;
    std::optional<std::string> command_id{}; ///< in a session, whose commands may overlap
};

struct CommandCompleted {
    static constexpr std::string_view type = "dev.cellos.events.cell.command.v1.completed";
    std::string cell_id{};
    std::optional<std::int64_t> exit_code{}; ///< only if the workload itself returned it
    std::optional<std::int64_t> signal{};
    std::string reason{}; ///< to_string(ExitStatus::Kind), or the kind of the error
    std::optional<ResourceUsage> usage{};
    std::optional<std::string> command_id{}; ///< that of its ProcessSpawned
};

struct ExportCompleted {
    static constexpr std::string_view type = "dev.cellos.events.cell.export.v2.completed";
    std::string cell_id{};
    std::string name{};
    std::string target_kind{};
    std::int64_t size_bytes = 0;
    std::optional<std::string> sha256{};
};

struct ExportFailed {
    static constexpr std::string_view type = "dev.cellos.events.cell.export.v2.failed";
    std::string cell_id{};
    std::string name{};
    std::string target_kind{};
    std::string reason{};
};

struct ComplianceSummary {
    static constexpr std::string_view type = "dev.cellos.events.cell.compliance.v1.summary";
    std::string cell_id{};
    std::int64_t ttl_seconds = 0;
    std::int64_t egress_rule_count = 0;
    SecretDelivery secret_delivery = SecretDelivery::Env;
    ExecutedOn executed_on = ExecutedOn::Nowhere;
    std::optional<std::int64_t> exit_code{};
    std::optional<std::string> exit_reason{};
    std::int64_t peers_tracked_after = 0;
    /// Whether the egress rules were enforced; empty if there were none. An isolating backend
    /// refuses rules that it cannot enforce, so it is false only for a backend that runs on the
    /// host.
    std::optional<bool> egress_enforced{};
    /// Of all that ran in the cell: that of its command, or of all commands of a session together.
    std::optional<ResourceUsage> usage{};
    std::optional<std::int64_t> command_count{}; ///< of a session
};

struct CellDestroyed {
    static constexpr std::string_view type = "dev.cellos.events.cell.lifecycle.v1.destroyed";
    std::string cell_id{};
    Outcome outcome = Outcome::Failed;
    TerminalState terminal_state = TerminalState::Clean;
};

/// The admission policy allows the document: the first event of its cell.
struct PolicyAdmitted {
    static constexpr std::string_view type = "dev.cellos.events.cell.policy.v1.admitted";
    std::string cell_id{};
    std::string pack_id{}; ///< of the pack that decided
    std::string pack_version{};
};

/// The policy does not allow the document, or nobody could decide: the only event, since there
/// never is a cell.
struct PolicyRefused {
    static constexpr std::string_view type = "dev.cellos.events.cell.policy.v1.refused";
    std::string cell_id{};
    /// Of the pack that decided; where none did, of that which the document names.
    std::optional<std::string> pack_id{};
    std::optional<std::string> pack_version{};
    std::vector<std::string> violations{}; ///< PolicyDecision::violations
};

/// The document was admitted by policy, and the backend refused it or failed: the last event, since
/// there never was a cell.
struct CellRefused {
    static constexpr std::string_view type = "dev.cellos.events.cell.lifecycle.v1.refused";
    std::string cell_id{};
    std::string reason{};
};

using EventData = std::variant<
    CellStarted,
    IdentityMaterialized,
    IdentityRevoked,
    IdentityFailed,
    ProcessSpawned,
    CommandCompleted,
    ExportCompleted,
    ExportFailed,
    ComplianceSummary,
    CellDestroyed,
    PolicyAdmitted,
    PolicyRefused,
    CellRefused>;

namespace detail {

// A table instead of a visitor: std::visit has many instantiations, which every include would pay
// for.
template <class... Data>
[[nodiscard]] constexpr std::string_view type_of(const std::variant<Data...>& data) noexcept {
    constexpr std::string_view types[] = {Data::type..., {}}; // the last one: it holds nothing
    return types[data.valueless_by_exception() ? sizeof...(Data) : data.index()];
}

} // namespace detail

/// The `type` attribute of this data.
[[nodiscard]] constexpr std::string_view event_type(const EventData& data) noexcept {
    return detail::type_of(data);
}

/// The event that caused this one.
struct Provenance {
    std::string parent{};      ///< its id
    std::string parent_type{}; ///< its type
};

/// One CloudEvents 1.0 event. <cellos/json.hpp> writes it in structured JSON form.
struct CloudEvent {
    std::string id{};     ///< a random (version 4) UUID
    std::string source{}; ///< `/cellos/supervisor/<host>`
    std::string type{};
    std::string subject{}; ///< `urn:cellos:cell:<cell id>`
    std::chrono::system_clock::time_point time{};
    EventData data{};
    std::optional<Provenance> provenance{}; ///< written as `data.provenance`
    /// CloudEvents extension attributes by name; names consist of lower-case letters and digits. A
    /// supervisor sets `cellrun` and `cellsequence`; a decorating sink may add others.
    std::map<std::string, std::string> extensions{};
};

/// The extension attribute that distinguishes the lives of cells with the same id: a random UUID,
/// the same in all events of one life.
inline constexpr std::string_view cell_run_attribute = "cellrun";

/// The extension attribute that numbers the events of one life, from 1, so that a missing event is
/// noticed.
inline constexpr std::string_view cell_sequence_attribute = "cellsequence";

/// The value of an event's extension attribute; empty if it has none.
[[nodiscard]] CELLOS_DECL std::string extension(const CloudEvent& event, std::string_view name);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/event.ipp>
#endif
