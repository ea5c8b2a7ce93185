#pragma once

#include <cellos/lifecycle/replay.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>

namespace cellos::inline CELLOS_ABI {

namespace detail {

[[nodiscard]] inline tl::unexpected<CellosError> refuse_event(std::string what) {
    return failure(CellosError::Kind::InvalidSpec, std::move(what));
}

[[nodiscard]] inline Result<void> expect_cause(
    const std::optional<Provenance>& expected, const std::optional<Provenance>& cause
) {
    const bool same = expected ? cause && cause->parent == expected->parent &&
                                     cause->parent_type == expected->parent_type
                               : !cause;
    if (!same) return refuse_event("does not name the event that caused it");
    return {};
}

} // namespace detail

CELLOS_DECL Result<void> Replay::follow(const CloudEvent& event) {
    if (event.type != event_type(event.data))
        return detail::refuse_event("carries the data of another type");
    if (auto same = follow_identity(event); !same) return same;
    if (!states_.follow(event.type)) return detail::refuse_event("is out of place");
    if (auto next = follow_sequence(event); !next) return next;
    const Provenance self{event.id, event.type};
    return std::visit(
        [&](const auto& data) { return follow(data, self, event.provenance); }, event.data
    );
}

inline Result<void> Replay::follow_identity(const CloudEvent& event) {
    std::string life = extension(event, cell_run_attribute);
    if (ids_.empty()) {
        subject_ = event.subject;
        run_ = std::move(life);
    } else if (event.subject != subject_ || life != run_) {
        return detail::refuse_event("belongs to another cell");
    }
    const auto named = std::visit([](const auto& data) { return data.cell_id; }, event.data);
    if (subject_ != "urn:cellos:cell:" + named)
        return detail::refuse_event("names another cell in its data than in its subject");
    if (!ids_.insert(event.id).second)
        return detail::refuse_event("has the id of an earlier event");
    return {};
}

inline Result<void> Replay::follow_sequence(const CloudEvent& event) {
    const std::string place = std::to_string(ids_.size());
    if (extension(event, cell_sequence_attribute) == place) return {};
    return detail::refuse_event("is not event " + place + " of its cell: one is missing before it");
}

inline Result<void> Replay::follow(
    const IdentityMaterialized& data, const Provenance& self, const Cause& cause
) {
    if (!held_.emplace(data.secret_ref, self).second)
        return detail::refuse_event("materializes a secret a second time");
    return detail::expect_cause({}, cause);
}

// Without a cause it tells of a delivery, with one of a revocation.
inline Result<void> Replay::follow(
    const IdentityFailed& data, const Provenance& self, const Cause& cause
) {
    if (cause) return take_back(data.secret_ref, cause);
    if (held_.contains(data.secret_ref))
        return detail::refuse_event("does not name the event that caused it");
    failed_ = true;
    ending_ = self;
    return {};
}

inline Result<void> Replay::follow(
    const IdentityRevoked& data, const Provenance&, const Cause& cause
) {
    return take_back(data.secret_ref, cause);
}

inline Result<void> Replay::take_back(const std::string& secret_ref, const Cause& cause) {
    const auto held = held_.find(secret_ref);
    if (held == held_.end())
        return detail::refuse_event("takes back a secret that the cell does not have");
    const Cause delivery = std::move(held->second);
    held_.erase(held);
    return detail::expect_cause(delivery, cause);
}

inline Result<void> Replay::follow(const CellStarted&, const Provenance& self, const Cause& cause) {
    ending_ = self;
    started_ = self;
    return detail::expect_cause({}, cause);
}

inline Result<void> Replay::follow(
    const ProcessSpawned& data, const Provenance& self, const Cause& cause
) {
    if (has_run_ || (!data.command_id && !running_.empty()))
        return detail::refuse_event("starts a second command in a cell that is no session");
    has_run_ = !data.command_id;
    if (has_run_) {
        ending_ = self;
    } else if (!running_.emplace(*data.command_id, self).second) {
        return detail::refuse_event("has the command id of an earlier command");
    }
    return detail::expect_cause(started_, cause);
}

inline Result<void> Replay::follow(
    const CommandCompleted& data, const Provenance& self, const Cause& cause
) {
    if (data.command_id) {
        const auto command = running_.find(*data.command_id);
        if (command == running_.end() || !command->second)
            return detail::refuse_event("tells of the end of a command that does not run");
        ending_ = self;
        return detail::expect_cause(std::exchange(command->second, std::nullopt), cause);
    }
    if (!has_run_) return detail::refuse_event("does not name the command of the session");
    completed_ = data;
    failed_ = failed_ || data.exit_code != 0;
    return detail::expect_cause(std::exchange(ending_, self), cause);
}

inline Result<void> Replay::follow(const ExportCompleted&, const Provenance&, const Cause& cause) {
    return detail::expect_cause(ending_, cause);
}

inline Result<void> Replay::follow(const ExportFailed&, const Provenance&, const Cause& cause) {
    failed_ = true;
    return detail::expect_cause(ending_, cause);
}

inline Result<void> Replay::follow(
    const ComplianceSummary& data, const Provenance&, const Cause& cause
) {
    if (!held_.empty()) return detail::refuse_event("comes before every secret was taken back");
    if (completed_ &&
        (data.exit_code != completed_->exit_code || data.exit_reason != completed_->reason))
        return detail::refuse_event("tells of another exit than the command's");
    if (completed_ && data.usage != completed_->usage)
        return detail::refuse_event("tells of another usage than the command's");
    const auto has_ended = [](const auto& command) { return !command.second; };
    if (!std::all_of(running_.begin(), running_.end(), has_ended))
        return detail::refuse_event("comes before every command of the session has ended");
    if (data.command_count.value_or(0) != static_cast<std::int64_t>(running_.size()))
        return detail::refuse_event("counts other commands than there were");
    return detail::expect_cause(ending_, cause);
}

inline Result<void> Replay::follow(
    const CellDestroyed& data, const Provenance&, const Cause& cause
) {
    if (data.outcome == Outcome::Succeeded && failed_)
        return detail::refuse_event("tells of a success after a failure");
    return detail::expect_cause(ending_, cause);
}

inline Result<void> Replay::follow(
    const PolicyAdmitted&, const Provenance& self, const Cause& cause
) {
    if (admission_) return detail::refuse_event("admits the document a second time");
    admission_ = self;
    return detail::expect_cause({}, cause);
}

inline Result<void> Replay::follow(const PolicyRefused&, const Provenance&, const Cause& cause) {
    if (admission_) return detail::refuse_event("refuses what was admitted before");
    refused_ = true;
    return detail::expect_cause({}, cause);
}

inline Result<void> Replay::follow(const CellRefused&, const Provenance&, const Cause& cause) {
    if (!admission_) return detail::refuse_event("comes without the admission that it follows");
    refused_ = true;
    return detail::expect_cause(admission_, cause);
}

CELLOS_DECL Result<void> replay(std::span<const CloudEvent> history) {
    Replay life;
    for (std::size_t i = 0; i < history.size(); ++i) {
        if (auto followed = life.follow(history[i]); !followed) {
            return failure(
                followed.error().kind,
                "event " + std::to_string(i + 1) + " (" + history[i].type + ") " +
                    followed.error().message
            );
        }
    }
    if (!life.complete())
        return failure(CellosError::Kind::InvalidSpec, "the history ends before the cell does");
    return {};
}

} // namespace cellos::inline CELLOS_ABI
