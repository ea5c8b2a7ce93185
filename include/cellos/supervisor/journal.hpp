#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/event.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/policy_decision.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/supervisor/run_ids.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cellos::inline CELLOS_ABI::detail {

/// Builds the events of one cell, numbers them and links each to the event that caused it:
///
///     event                        caused by
///     policy.admitted, .refused    – (the document)
///     lifecycle.refused            policy.admitted
///     identity.materialized        – (the document)
///     identity.failed              – on delivery; on revocation: materialized of that secret
///     lifecycle.started            – (the document)
///     process_spawned              started
///     command.completed            process_spawned
///     export.completed, .failed    command.completed, or started where nothing ran
///     identity.revoked             materialized of that secret
///     compliance.summary           what ended the cell's work: the last command.completed, else
///                                  started, else identity.failed; – if it was stopped before all
///                                  of them
///     lifecycle.destroyed          the same
///
/// Call the functions in the order of the cell's life. Each returns an event for all sinks, or an
/// EventSink error if the system provides no randomness for its id: that event is lost, and its
/// number is skipped, so that the loss is noticed. For one thread at a time.
class Journal {
public:
    /// Both must outlive this object.
    CELLOS_DECL Journal(const ExecutionCellSpec& spec, RunIds& ids);

    [[nodiscard]] CELLOS_DECL Result<CloudEvent> decided(const PolicyDecision& decision);
    /// Whether there was an event, or was one lost: then the life must not end without one.
    [[nodiscard]] bool has_begun() const noexcept { return sequence_ > 0; }
    /// After `create` failed.
    [[nodiscard]] CELLOS_DECL Result<CloudEvent> refused(const CellosError& error);
    [[nodiscard]] CELLOS_DECL Result<CloudEvent> materialized(const std::string& secret_ref);
    [[nodiscard]] CELLOS_DECL Result<CloudEvent> delivery_failed(
        const std::string& secret_ref, const CellosError& error
    );
    [[nodiscard]] CELLOS_DECL Result<CloudEvent> started(const CellHandle& cell);
    /// The command of the document.
    [[nodiscard]] CELLOS_DECL Result<CloudEvent> spawned(ExecutedOn where);
    [[nodiscard]] CELLOS_DECL Result<CloudEvent> completed(
        const Result<ExitStatus>& end, const std::optional<ResourceUsage>& usage
    );
    /// A command of a session, by an id that no other of its commands has.
    [[nodiscard]] CELLOS_DECL Result<CloudEvent> spawned(
        ExecutedOn where, const std::string& command_id, const std::vector<std::string>& argv
    );
    [[nodiscard]] CELLOS_DECL Result<CloudEvent> completed(
        const std::string& command_id,
        const Result<ExitStatus>& end,
        const std::optional<ResourceUsage>& usage
    );
    /// `target`: the name of the export sink.
    [[nodiscard]] CELLOS_DECL Result<CloudEvent> exported(
        const std::string& artifact, std::string_view target, const Result<ExportReceipt>& receipt
    );

    /// How many secrets were materialized. They are the first ones of the document's references.
    [[nodiscard]] std::size_t materialized_count() const noexcept { return materialized_.size(); }
    /// Revoked or failed, by `outcome`, for the materialized secret number `index` (from 0).
    [[nodiscard]] CELLOS_DECL Result<CloudEvent> revoked(
        std::size_t index, const Result<void>& outcome
    );

    /// `isolated`: the backend does not run workloads on the host.
    [[nodiscard]] CELLOS_DECL Result<CloudEvent> summary(const CellReport& report, bool isolated);
    [[nodiscard]] CELLOS_DECL Result<CloudEvent> destroyed(
        Outcome outcome, TerminalState terminal_state
    );

private:
    using Cause = std::optional<Provenance>;

    template <Phase P, class Data>
    [[nodiscard]] Result<CloudEvent> event(Data data, const Cause& cause);

    const ExecutionCellSpec& spec_;
    RunIds& ids_;
    std::string source_;
    std::string subject_;
    std::uint64_t sequence_ = 0;        // of the last event
    std::vector<Cause> materialized_{}; // in the order of the document's references
    std::optional<std::string> end_reason_{};
    Cause ending_{}; // what, so far, ended the cell's work
    Cause started_{};
    std::map<std::string, Cause> running_{}; // commands of a session
    Cause admission_{};                      // by the policy
};

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/journal.ipp>
#endif
