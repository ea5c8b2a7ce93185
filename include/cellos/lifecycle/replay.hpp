#pragma once

#include <cellos/core/event.hpp>
#include <cellos/core/result.hpp>
#include <cellos/lifecycle/possible_states.hpp>

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>

namespace cellos::inline CELLOS_ABI {

/// Checks the recorded events of one cell's life, one after the other, and refuses the first that a
/// supervisor would not have emitted there. It checks that
///   1. the lifecycle table allows the event at this place;
///   2. it tells of the same life: subject, `cellId` and `cellrun` stay the same, and no id recurs;
///   3. it is the next one: `cellsequence` counts them;
///   4. its provenance is the event that causes one of its kind, as
///      <cellos/supervisor/journal.hpp> lists them;
///   5. it does not contradict what came before: a secret is materialized and taken back once, all
///      of them before the summary; each command of a session starts and ends once, also before the
///      summary, which counts them; that of any other cell repeats exit and usage of its command;
///      no success after a failure; a policy admits once.
/// After a refusal nothing that follows has a meaning. A value; not thread-safe.
class Replay {
public:
    /// Checks the next event of the life. The error (InvalidSpec) says what is wrong with it, as a
    /// predicate whose subject is the event: "is out of place".
    [[nodiscard]] CELLOS_DECL Result<void> follow(const CloudEvent& event);

    /// Whether the life has ended: the cell is destroyed, or an event has told that there never was
    /// one.
    [[nodiscard]] bool complete() const noexcept {
        return refused_ || states_.include(CellState::Destroyed);
    }

private:
    using Cause = std::optional<Provenance>;

    [[nodiscard]] Result<void> follow_identity(const CloudEvent& event);
    [[nodiscard]] Result<void> follow_sequence(const CloudEvent& event);

    // What each kind of event means for the rest of the life. `self` is the event; `cause` is the
    // event that it names as its cause.
    Result<void> follow(const IdentityMaterialized&, const Provenance& self, const Cause& cause);
    Result<void> follow(const IdentityFailed&, const Provenance& self, const Cause& cause);
    Result<void> follow(const IdentityRevoked&, const Provenance& self, const Cause& cause);
    Result<void> follow(const CellStarted&, const Provenance& self, const Cause& cause);
    Result<void> follow(const ProcessSpawned&, const Provenance& self, const Cause& cause);
    Result<void> follow(const CommandCompleted&, const Provenance& self, const Cause& cause);
    Result<void> follow(const ExportCompleted&, const Provenance& self, const Cause& cause);
    Result<void> follow(const ExportFailed&, const Provenance& self, const Cause& cause);
    Result<void> follow(const ComplianceSummary&, const Provenance& self, const Cause& cause);
    Result<void> follow(const CellDestroyed&, const Provenance& self, const Cause& cause);
    Result<void> follow(const PolicyAdmitted&, const Provenance& self, const Cause& cause);
    Result<void> follow(const PolicyRefused&, const Provenance& self, const Cause& cause);
    Result<void> follow(const CellRefused&, const Provenance& self, const Cause& cause);

    [[nodiscard]] Result<void> take_back(const std::string& secret_ref, const Cause& cause);

    detail::PossibleStates states_{};
    std::set<std::string> ids_{};
    std::string subject_{};
    std::string run_{};
    std::map<std::string, Provenance> held_{};    // secrets, with the events that materialized them
    std::optional<CommandCompleted> completed_{}; // of a cell with a single command
    std::map<std::string, Cause> running_{};      // commands of a session; no cause: it has ended
    bool has_run_ = false;                        // the command of a cell with a single one
    Cause started_{};
    Cause ending_{};      // what, so far, ended the cell's work
    bool failed_ = false; // such that the outcome cannot be a success
    Cause admission_{};   // by the policy
    bool refused_ = false;
};

/// Checks that these events of one cell, in this order, are a legal and complete history of a life,
/// by the rules of Replay. The error (InvalidSpec) names the first event that is out of place,
/// counted from 1, or says that the end is missing. Thread-safe.
[[nodiscard]] CELLOS_DECL Result<void> replay(std::span<const CloudEvent> history);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/lifecycle/replay.ipp>
#endif
