#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/event.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/report.hpp>
#include <cellos/lifecycle/table.hpp>
#include <cellos/supervisor/host_name.hpp>
#include <cellos/supervisor/ports.hpp>
#include <cellos/supervisor/uuid.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// @file
/// The events of one cell: built in one place, linked to what caused them, and given to every sink.
///
///     event                        caused by
///     identity.materialized        – (the document)
///     identity.failed              – on delivery; on revocation: materialized of that secret
///     lifecycle.started            – (the document)
///     process_spawned              started
///     command.completed            process_spawned
///     export.completed, .failed    command.completed, or started where nothing ran
///     identity.revoked             materialized of that secret
///     compliance.summary           what ended the cell's work: command.completed, else started,
///                                  else identity.failed; – if it was stopped before all of them
///     lifecycle.destroyed          the same

namespace cellos::inline CELLOS_ABI::detail {

/// Emits the events of one cell to the sinks among `Parts`. A sink that fails is reported, and
/// changes nothing else. Exists only where there is a sink.
template <class Parts>
class Journal {
public:
    Journal(Parts& parts, std::string_view cell_id, std::vector<CellosError>& errors)
        : parts_{parts},
          errors_{errors},
          cell_id_{cell_id},
          source_{"/cellos/supervisor/" + host_name()},
          subject_{"urn:cellos:cell:" + cell_id_} {}

    void materialized(const std::string& secret_ref) {
        materialized_.push_back(emit<Phase::Secrets>(
            IdentityMaterialized{.cell_id = cell_id_, .secret_ref = secret_ref}, {}
        ));
    }

    void delivery_failed(const std::string& secret_ref, const CellosError& error) {
        ending_ = emit<Phase::Secrets>(
            IdentityFailed{.cell_id = cell_id_, .secret_ref = secret_ref, .reason = error.what()},
            {}
        );
    }

    void started(const CellHandle& cell, const ExecutionCellSpec& spec) {
        ending_ = emit<Phase::Started>(
            CellStarted{
                .cell_id = cell_id_,
                .spec_id = spec.id,
                .kernel_digest_sha256 = cell.kernel_digest_sha256,
                .rootfs_digest_sha256 = cell.rootfs_digest_sha256,
                .firecracker_digest_sha256 = cell.firecracker_digest_sha256,
                .correlation = spec.correlation,
            },
            {}
        );
    }

    void spawned(const RunSpec& run, ExecutedOn where) {
        ending_ = emit<Phase::Run>(
            ProcessSpawned{
                .cell_id = cell_id_,
                .program = run.argv.front(),
                .argument_count = static_cast<std::int64_t>(run.argv.size()) - 1,
                .executed_on = where,
            },
            ending_
        );
    }

    void completed(const Result<ExitStatus>& end) {
        CommandCompleted data{.cell_id = cell_id_};
        if (end) {
            data.exit_code = end->code;
            data.signal = end->signal;
            data.reason = to_string(end->kind);
        } else {
            data.reason = identifier(end.error().kind);
        }
        end_reason_ = data.reason;
        ending_ = emit<Phase::Run>(std::move(data), ending_);
    }

    void exported(
        const std::string& artifact, std::string_view target, const Result<ExportReceipt>& receipt
    ) {
        if (receipt) {
            emit<Phase::Export>(
                ExportCompleted{
                    .cell_id = cell_id_,
                    .name = artifact,
                    .target_kind = receipt->target_kind,
                    .size_bytes = static_cast<std::int64_t>(receipt->size_bytes),
                    .sha256 = receipt->sha256,
                },
                ending_
            );
        } else {
            emit<Phase::Export>(
                ExportFailed{
                    .cell_id = cell_id_,
                    .name = artifact,
                    .target_kind = std::string{target},
                    .reason = receipt.error().what(),
                },
                ending_
            );
        }
    }

    /// The outcome of the one revocation, for each of the secrets that were materialized.
    void revoked(const std::vector<std::string>& secret_refs, const Result<void>& outcome) {
        for (std::size_t i = 0; i < materialized_.size(); ++i) {
            if (outcome) {
                emit<Phase::Revoke>(
                    IdentityRevoked{.cell_id = cell_id_, .secret_ref = secret_refs[i]},
                    materialized_[i]
                );
            } else {
                emit<Phase::Revoke>(
                    IdentityFailed{
                        .cell_id = cell_id_,
                        .secret_ref = secret_refs[i],
                        .reason = outcome.error().what()},
                    materialized_[i]
                );
            }
        }
    }

    void destroyed(
        const ExecutionCellSpec& spec,
        const CellReport& report,
        TerminalState terminal_state,
        bool isolated
    ) {
        ComplianceSummary summary{
            .cell_id = cell_id_,
            .ttl_seconds = spec.lifetime.ttl_seconds,
            .egress_rule_count = static_cast<std::int64_t>(spec.authority.egress_rules.size()),
            .executed_on = report.executed_on,
            .peers_tracked_after = static_cast<std::int64_t>(report.teardown.peers_tracked_after),
        };
        if (!spec.authority.egress_rules.empty()) summary.egress_enforced = isolated;
        if (spec.run)
            summary.secret_delivery = spec.run->secret_delivery.value_or(SecretDelivery::Env);
        if (report.exit) {
            summary.exit_code = report.exit->code;
            summary.exit_reason = to_string(report.exit->kind);
        } else {
            summary.exit_reason = end_reason_;
        }
        emit<Phase::Destroyed>(std::move(summary), ending_);
        emit<Phase::Destroyed>(
            CellDestroyed{
                .cell_id = cell_id_,
                .outcome = report.outcome,
                .terminal_state = terminal_state,
            },
            ending_
        );
    }

private:
    template <Phase P, class Data>
    Provenance emit(Data data, const std::optional<Provenance>& cause) {
        static_assert(emits(P, Data::type), "the lifecycle table has no such event in this phase");
        const CloudEvent event{
            .id = ids_.next(),
            .source = source_,
            .type = std::string{Data::type},
            .subject = subject_,
            .time = std::chrono::system_clock::now(),
            .data = std::move(data),
            .provenance = cause,
            .extensions =
                {{std::string{cell_run_attribute}, run_},
                 {std::string{cell_sequence_attribute}, std::to_string(++sequence_)}},
        };
        for_each_port<SinkRole>(parts_, [&]<class Sink>(Sink& sink, std::size_t number) {
            auto emitted =
                contained(SinkRole::kind, "it", [&]() -> Result<void> { return sink.emit(event); });
            if (!emitted) errors_.push_back(port_error<SinkRole, Sink>(number, P, emitted.error()));
        });
        return {event.id, event.type};
    }

    Parts& parts_;
    std::vector<CellosError>& errors_;
    std::string cell_id_;
    std::string source_;
    std::string subject_;
    UuidSource ids_{};
    std::string run_ = ids_.next();
    std::uint64_t sequence_ = 0;             // of the last event
    std::vector<Provenance> materialized_{}; // in the order of the document's references
    std::optional<std::string> end_reason_{};
    std::optional<Provenance> ending_{}; // what, so far, ended the cell's work
};

} // namespace cellos::inline CELLOS_ABI::detail
