#pragma once

#include <cellos/core/event.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/lifecycle/possible_states.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace cellos::inline CELLOS_ABI {

/// Follows the recorded events of one cell's life, one after the other, and refuses the first that
/// a supervisor would not have emitted there. It asks that
///   1. the lifecycle table allows the event at this place;
///   2. it tells of the same life: subject, `cellId` and `cellrun` stay the same, and no id recurs;
///   3. it is the next one: `cellsequence` counts them;
///   4. its provenance is the event that causes one of its kind, as
///      <cellos/supervisor/journal.hpp> lists them;
///   5. it does not contradict what came before: a secret is materialized and taken back once, all
///      of them before the summary; the summary repeats the exit; no success after a failure.
/// After a refusal nothing that follows has a meaning.
template <class = IfUsed>
class BasicReplay {
public:
    [[nodiscard]] Result<void> follow(const CloudEvent& event) {
        if (event.type != event_type(event.data)) return refuse("carries the data of another type");
        if (auto same = follow_identity(event); !same) return same;
        if (!states_.follow(event.type)) return refuse("is out of place");
        if (auto next = follow_sequence(event); !next) return next;
        const Provenance self{event.id, event.type};
        return std::visit(
            [&](const auto& data) { return follow(data, self, event.provenance); }, event.data
        );
    }

    /// Whether the life has come to its end.
    [[nodiscard]] bool complete() const noexcept { return states_.include(CellState::Destroyed); }

private:
    using Cause = std::optional<Provenance>;

    [[nodiscard]] static tl::unexpected<CellosError> refuse(std::string what) {
        return failure(CellosError::Kind::InvalidSpec, std::move(what));
    }

    [[nodiscard]] Result<void> follow_identity(const CloudEvent& event) {
        std::string life = extension(event, cell_run_attribute);
        if (ids_.empty()) {
            subject_ = event.subject;
            run_ = std::move(life);
        } else if (event.subject != subject_ || life != run_) {
            return refuse("belongs to another cell");
        }
        const auto named = std::visit([](const auto& data) { return data.cell_id; }, event.data);
        if (subject_ != "urn:cellos:cell:" + named)
            return refuse("names another cell in its data than in its subject");
        if (!ids_.insert(event.id).second) return refuse("has the id of an earlier event");
        return {};
    }

    [[nodiscard]] Result<void> follow_sequence(const CloudEvent& event) {
        const std::string place = std::to_string(ids_.size());
        if (extension(event, cell_sequence_attribute) == place) return {};
        return refuse("is not event " + place + " of its cell: one is missing before it");
    }

    [[nodiscard]] static Result<void> expect(const Cause& expected, const Cause& cause) {
        const bool same = expected ? cause && cause->parent == expected->parent &&
                                         cause->parent_type == expected->parent_type
                                   : !cause;
        if (!same) return refuse("does not name the event that caused it");
        return {};
    }

    [[nodiscard]] Result<void> follow(
        const IdentityMaterialized& data, const Provenance& self, const Cause& cause
    ) {
        if (!held_.emplace(data.secret_ref, self).second)
            return refuse("materializes a secret a second time");
        return expect({}, cause);
    }

    // Without a cause it tells of a delivery, with one of a revocation.
    [[nodiscard]] Result<void> follow(
        const IdentityFailed& data, const Provenance& self, const Cause& cause
    ) {
        if (cause) return take_back(data.secret_ref, cause);
        if (held_.contains(data.secret_ref))
            return refuse("does not name the event that caused it");
        failed_ = true;
        ending_ = self;
        return {};
    }

    [[nodiscard]] Result<void> follow(
        const IdentityRevoked& data, const Provenance&, const Cause& cause
    ) {
        return take_back(data.secret_ref, cause);
    }

    [[nodiscard]] Result<void> take_back(const std::string& secret_ref, const Cause& cause) {
        const auto held = held_.find(secret_ref);
        if (held == held_.end()) return refuse("takes back a secret that the cell does not have");
        const Cause delivery = std::move(held->second);
        held_.erase(held);
        return expect(delivery, cause);
    }

    [[nodiscard]] Result<void> follow(
        const CellStarted&, const Provenance& self, const Cause& cause
    ) {
        ending_ = self;
        return expect({}, cause);
    }

    [[nodiscard]] Result<void> follow(
        const ProcessSpawned&, const Provenance& self, const Cause& cause
    ) {
        return expect(std::exchange(ending_, self), cause);
    }

    [[nodiscard]] Result<void> follow(
        const CommandCompleted& data, const Provenance& self, const Cause& cause
    ) {
        completed_ = data;
        failed_ = failed_ || data.exit_code != 0;
        return expect(std::exchange(ending_, self), cause);
    }

    [[nodiscard]] Result<void> follow(
        const ExportCompleted&, const Provenance&, const Cause& cause
    ) {
        return expect(ending_, cause);
    }

    [[nodiscard]] Result<void> follow(const ExportFailed&, const Provenance&, const Cause& cause) {
        failed_ = true;
        return expect(ending_, cause);
    }

    [[nodiscard]] Result<void> follow(
        const ComplianceSummary& data, const Provenance&, const Cause& cause
    ) {
        if (!held_.empty()) return refuse("comes before every secret was taken back");
        if (completed_ &&
            (data.exit_code != completed_->exit_code || data.exit_reason != completed_->reason))
            return refuse("tells of another exit than the command's");
        return expect(ending_, cause);
    }

    [[nodiscard]] Result<void> follow(
        const CellDestroyed& data, const Provenance&, const Cause& cause
    ) {
        if (data.outcome == Outcome::Succeeded && failed_)
            return refuse("tells of a success after a failure");
        return expect(ending_, cause);
    }

    detail::PossibleStates states_{};
    std::set<std::string> ids_{};
    std::string subject_{};
    std::string run_{};
    std::map<std::string, Provenance> held_{}; // secrets, with the events that materialized them
    std::optional<CommandCompleted> completed_{};
    Cause ending_{};      // what, so far, ended the cell's work
    bool failed_ = false; // such that the outcome cannot be a success
};

using Replay = BasicReplay<>;

namespace detail {

template <class = IfUsed>
[[nodiscard]] Result<void> replay_all(std::span<const CloudEvent> history) {
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

} // namespace detail

/// Whether these events of one cell, in this order, are the legal and complete history of a life as
/// Replay has it. The error names the first event that is out of place, counted from 1, or says
/// that the end is missing.
[[nodiscard]] inline Result<void> replay(std::span<const CloudEvent> history);

template <class Lazy>
struct ReplayDefinitions {
    friend Result<void> replay(std::span<const CloudEvent> history) {
        return detail::replay_all<Lazy>(history);
    }
};
static_assert(defined_if_used<ReplayDefinitions>);

} // namespace cellos::inline CELLOS_ABI
