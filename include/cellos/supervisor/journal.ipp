#pragma once

#include <cellos/lifecycle/table.hpp>
#include <cellos/supervisor/host_name.hpp>
#include <cellos/supervisor/journal.hpp>

#include <chrono>
#include <utility>

namespace cellos::inline CELLOS_ABI::detail {

/// What a later event names as its cause; empty if the event is lost.
inline std::optional<Provenance> provenance_of(const Result<CloudEvent>& event) {
    if (!event) return {};
    return Provenance{event->id, event->type};
}

inline CellosError no_id(Phase phase, std::string_view type, const CellosError& error) {
    std::string message{"phase "};
    message += to_string(phase);
    message += ": the event ";
    message += type;
    message += " is lost, since it has no id: ";
    message += error.what();
    return {CellosError::Kind::EventSink, std::move(message)};
}

CELLOS_DECL Journal::Journal(const ExecutionCellSpec& spec, RunIds& ids)
    : spec_{spec},
      ids_{ids},
      source_{"/cellos/supervisor/" + host_name()},
      subject_{"urn:cellos:cell:" + spec.id} {}

template <Phase P, class Data>
Result<CloudEvent> Journal::event(Data data, const Cause& cause) {
    static_assert(emits(P, Data::type), "the lifecycle table has no such event in this phase");
    ++sequence_;
    if (!ids_.run_id) return failure(no_id(P, Data::type, ids_.run_id.error()));
    auto id = ids_.source.next();
    if (!id) return failure(no_id(P, Data::type, id.error()));
    CloudEvent made{
        .id = *std::move(id),
        .source = source_,
        .type = std::string{Data::type},
        .subject = subject_,
        .time = std::chrono::system_clock::now(),
        .data = std::move(data),
        .provenance = cause,
    };
    made.extensions.emplace(cell_run_attribute, *ids_.run_id);
    made.extensions.emplace(cell_sequence_attribute, std::to_string(sequence_));
    return made;
}

CELLOS_DECL Result<CloudEvent> Journal::decided(const PolicyDecision& decision) {
    const auto& [pack, violations] = decision;
    if (decision.admits()) {
        auto made = event<Phase::Admit>(
            PolicyAdmitted{
                .cell_id = spec_.id, .pack_id = pack.pack_id, .pack_version = pack.pack_version},
            {}
        );
        admission_ = provenance_of(made);
        return made;
    }
    PolicyRefused data{.cell_id = spec_.id, .violations = violations};
    if (!pack.pack_id.empty()) {
        data.pack_id = pack.pack_id;
        data.pack_version = pack.pack_version;
    }
    return event<Phase::Admit>(std::move(data), {});
}

CELLOS_DECL Result<CloudEvent> Journal::refused(const CellosError& error) {
    return event<Phase::Create>(
        CellRefused{.cell_id = spec_.id, .reason = error.what()}, admission_
    );
}

CELLOS_DECL Result<CloudEvent> Journal::materialized(const std::string& secret_ref) {
    auto made = event<Phase::Secrets>(
        IdentityMaterialized{.cell_id = spec_.id, .secret_ref = secret_ref}, {}
    );
    materialized_.push_back(provenance_of(made));
    return made;
}

CELLOS_DECL Result<CloudEvent> Journal::delivery_failed(
    const std::string& secret_ref, const CellosError& error
) {
    auto made = event<Phase::Secrets>(
        IdentityFailed{.cell_id = spec_.id, .secret_ref = secret_ref, .reason = error.what()}, {}
    );
    ending_ = provenance_of(made);
    return made;
}

CELLOS_DECL Result<CloudEvent> Journal::started(const CellHandle& cell) {
    auto made = event<Phase::Started>(
        CellStarted{
            .cell_id = spec_.id,
            .spec_id = spec_.id,
            .kernel_digest_sha256 = cell.kernel_digest_sha256,
            .rootfs_digest_sha256 = cell.rootfs_digest_sha256,
            .firecracker_digest_sha256 = cell.firecracker_digest_sha256,
            .correlation = spec_.correlation,
        },
        {}
    );
    ending_ = provenance_of(made);
    started_ = ending_;
    return made;
}

inline ProcessSpawned spawned_data(
    const ExecutionCellSpec& spec, const std::vector<std::string>& argv, ExecutedOn where
) {
    return {
        .cell_id = spec.id,
        .program = argv.front(),
        .argument_count = static_cast<std::int64_t>(argv.size()) - 1,
        .executed_on = where,
    };
}

inline CommandCompleted completed_data(
    const ExecutionCellSpec& spec,
    const Result<ExitStatus>& end,
    const std::optional<ResourceUsage>& usage
) {
    CommandCompleted data{.cell_id = spec.id};
    if (end) {
        data.exit_code = end->code;
        data.signal = end->signal;
        data.reason = to_string(end->kind);
        data.usage = usage;
    } else {
        data.reason = identifier(end.error().kind);
    }
    return data;
}

CELLOS_DECL Result<CloudEvent> Journal::spawned(ExecutedOn where) {
    auto made = event<Phase::Run>(spawned_data(spec_, spec_.run->argv, where), ending_);
    ending_ = provenance_of(made);
    return made;
}

CELLOS_DECL Result<CloudEvent> Journal::completed(
    const Result<ExitStatus>& end, const std::optional<ResourceUsage>& usage
) {
    auto data = completed_data(spec_, end, usage);
    end_reason_ = data.reason;
    auto made = event<Phase::Run>(std::move(data), ending_);
    ending_ = provenance_of(made);
    return made;
}

CELLOS_DECL Result<CloudEvent> Journal::spawned(
    ExecutedOn where, const std::string& command_id, const std::vector<std::string>& argv
) {
    auto data = spawned_data(spec_, argv, where);
    data.command_id = command_id;
    auto made = event<Phase::Run>(std::move(data), started_);
    running_.insert_or_assign(command_id, provenance_of(made));
    return made;
}

CELLOS_DECL Result<CloudEvent> Journal::completed(
    const std::string& command_id,
    const Result<ExitStatus>& end,
    const std::optional<ResourceUsage>& usage
) {
    auto data = completed_data(spec_, end, usage);
    data.command_id = command_id;
    const auto spawned = running_.extract(command_id);
    auto made = event<Phase::Run>(std::move(data), spawned ? spawned.mapped() : Cause{});
    ending_ = provenance_of(made);
    return made;
}

CELLOS_DECL Result<CloudEvent> Journal::exported(
    const std::string& artifact, std::string_view target, const Result<ExportReceipt>& receipt
) {
    if (!receipt)
        return event<Phase::Export>(
            ExportFailed{
                .cell_id = spec_.id,
                .name = artifact,
                .target_kind = std::string{target},
                .reason = receipt.error().what(),
            },
            ending_
        );
    return event<Phase::Export>(
        ExportCompleted{
            .cell_id = spec_.id,
            .name = artifact,
            .target_kind = receipt->target_kind,
            .size_bytes = static_cast<std::int64_t>(receipt->size_bytes),
            .sha256 = receipt->sha256,
        },
        ending_
    );
}

CELLOS_DECL Result<CloudEvent> Journal::revoked(std::size_t index, const Result<void>& outcome) {
    const std::string& secret_ref = spec_.authority.secret_refs[index];
    if (!outcome)
        return event<Phase::Revoke>(
            IdentityFailed{
                .cell_id = spec_.id,
                .secret_ref = secret_ref,
                .reason = outcome.error().what(),
            },
            materialized_[index]
        );
    return event<Phase::Revoke>(
        IdentityRevoked{.cell_id = spec_.id, .secret_ref = secret_ref}, materialized_[index]
    );
}

CELLOS_DECL Result<CloudEvent> Journal::summary(const CellReport& report, bool isolated) {
    ComplianceSummary data{
        .cell_id = spec_.id,
        .ttl_seconds = spec_.lifetime.ttl_seconds,
        .egress_rule_count = static_cast<std::int64_t>(spec_.authority.egress_rules.size()),
        .executed_on = report.executed_on,
        .peers_tracked_after = static_cast<std::int64_t>(report.teardown.peers_tracked_after),
    };
    if (!spec_.authority.egress_rules.empty()) data.egress_enforced = isolated;
    if (spec_.run) data.secret_delivery = spec_.run->secret_delivery.value_or(SecretDelivery::Env);
    if (report.commands) {
        data.command_count = static_cast<std::int64_t>(*report.commands);
        data.usage = report.usage;
    }
    if (report.exit) {
        data.exit_code = report.exit->code;
        data.exit_reason = to_string(report.exit->kind);
        data.usage = report.usage;
    } else {
        data.exit_reason = end_reason_;
    }
    return event<Phase::Destroyed>(std::move(data), ending_);
}

CELLOS_DECL Result<CloudEvent> Journal::destroyed(Outcome outcome, TerminalState terminal_state) {
    return event<Phase::Destroyed>(
        CellDestroyed{
            .cell_id = spec_.id,
            .outcome = outcome,
            .terminal_state = terminal_state,
        },
        ending_
    );
}

} // namespace cellos::inline CELLOS_ABI::detail
