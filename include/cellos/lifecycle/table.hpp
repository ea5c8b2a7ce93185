#pragma once

#include <cellos/core/enum_names.hpp>
#include <cellos/core/event.hpp>
#include <cellos/core/report.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

/// @file
/// A cell's life as one table. It is the only source of the order that the supervisor follows at
/// run time, the steps that its types offer (<cellos/supervisor/cell.hpp>), the events that each
/// phase may emit, the check of a recorded history (<cellos/lifecycle/replay.hpp>) and the diagram
/// (<cellos/lifecycle/diagram.hpp>).

namespace cellos::inline CELLOS_ABI {

/// Where a cell is in its life.
enum class CellState : std::uint8_t {
    Requested,   ///< there is a document
    Admitted,    ///< no check that is possible beforehand failed
    Refused,     ///< there never was a cell
    Created,     ///< the backend has made it
    Provisioned, ///< it has its secrets
    Denied,      ///< it will not get its secrets, or a stop was requested before it had them
    Started,     ///< announced by an event; everything is ready for the workload
    Opened,      ///< a session, in which commands may run, one after the other and at once
    Running,     ///< the workload was passed to the backend
    Ended,       ///< the workload has ended in some way
    Exported,    ///< artifacts are being exported, or have been
    TornDown,    ///< the backend was asked to destroy it
    Revoked,     ///< the broker was asked to take its secrets back
    Summarized,  ///< the use of its authority has been recorded
    Destroyed,   ///< the end
};

template <>
inline constexpr auto enum_names<CellState> = std::to_array<EnumName<CellState>>({
    {CellState::Requested, "requested"},
    {CellState::Admitted, "admitted"},
    {CellState::Refused, "refused"},
    {CellState::Created, "created"},
    {CellState::Provisioned, "provisioned"},
    {CellState::Denied, "denied"},
    {CellState::Started, "started"},
    {CellState::Opened, "opened"},
    {CellState::Running, "running"},
    {CellState::Ended, "ended"},
    {CellState::Exported, "exported"},
    {CellState::TornDown, "tornDown"},
    {CellState::Revoked, "revoked"},
    {CellState::Summarized, "summarized"},
    {CellState::Destroyed, "destroyed"},
});
static_assert(detail::has_names_for_all<CellState>());

/// The number of states: each value of CellState is less.
inline constexpr std::size_t cell_state_count = enum_names<CellState>.size();

/// The name in diagrams, such as `tornDown`.
[[nodiscard]] constexpr std::string_view to_string(CellState state) noexcept {
    return detail::name_of(state, "unknown");
}

/// One legal transition. `event` is the type of the event that goes with it; empty if there is
/// none. A transition from a state to itself happens once per policy, secret, command or artifact.
/// A `failing` transition is taken if the phase could not do its work.
struct Transition {
    CellState from;
    Phase phase;
    std::string_view event;
    CellState to;
    bool failing = false;
};

namespace detail {

inline constexpr std::string_view silent{};

[[nodiscard]] constexpr auto lifecycle_table() noexcept {
    using enum CellState;
    return std::array{
        Transition{Requested, Phase::Admit, PolicyAdmitted::type, Requested},
        Transition{Requested, Phase::Admit, silent, Admitted},
        Transition{Requested, Phase::Admit, silent, Refused, true},
        Transition{Requested, Phase::Admit, PolicyRefused::type, Refused, true},

        Transition{Admitted, Phase::Create, silent, Created},
        Transition{Admitted, Phase::Create, silent, Refused, true},
        Transition{Admitted, Phase::Create, CellRefused::type, Refused, true},

        Transition{Created, Phase::Secrets, IdentityMaterialized::type, Created},
        Transition{Created, Phase::Secrets, silent, Provisioned},
        Transition{Created, Phase::Secrets, IdentityFailed::type, Denied, true},

        Transition{Provisioned, Phase::Started, CellStarted::type, Started},

        Transition{Started, Phase::Open, silent, Opened},
        Transition{Started, Phase::Open, silent, Ended, true},

        Transition{Started, Phase::Run, ProcessSpawned::type, Running},
        Transition{Running, Phase::Run, CommandCompleted::type, Ended},
        Transition{Opened, Phase::Run, ProcessSpawned::type, Opened},
        Transition{Opened, Phase::Run, CommandCompleted::type, Opened},

        Transition{Started, Phase::Export, silent, Exported},
        Transition{Opened, Phase::Export, silent, Exported},
        Transition{Ended, Phase::Export, silent, Exported},
        Transition{Exported, Phase::Export, ExportCompleted::type, Exported},
        Transition{Exported, Phase::Export, ExportFailed::type, Exported},

        Transition{Created, Phase::Destroy, silent, TornDown},
        Transition{Denied, Phase::Destroy, silent, TornDown},
        Transition{Provisioned, Phase::Destroy, silent, TornDown},
        Transition{Started, Phase::Destroy, silent, TornDown},
        Transition{Opened, Phase::Destroy, silent, TornDown},
        Transition{Ended, Phase::Destroy, silent, TornDown},
        Transition{Exported, Phase::Destroy, silent, TornDown},

        Transition{TornDown, Phase::Revoke, silent, Revoked},
        Transition{Revoked, Phase::Revoke, IdentityRevoked::type, Revoked},
        Transition{Revoked, Phase::Revoke, IdentityFailed::type, Revoked},

        Transition{Revoked, Phase::Destroyed, ComplianceSummary::type, Summarized},
        Transition{Summarized, Phase::Destroyed, CellDestroyed::type, Destroyed},
    };
}

} // namespace detail

/// The table, in the order of the phases.
inline constexpr std::array lifecycle = detail::lifecycle_table();

/// Whether `phase` may be entered in `state`.
[[nodiscard]] constexpr bool allows(CellState state, Phase phase) noexcept {
    return std::any_of(lifecycle.begin(), lifecycle.end(), [&](const Transition& move) {
        return move.from == state && move.phase == phase && move.to != state;
    });
}

/// The state of a cell that was in `state` once `phase` has done its work; `state` itself if it may
/// not enter the phase.
[[nodiscard]] constexpr CellState after(CellState state, Phase phase) noexcept {
    for (const Transition& move : lifecycle) {
        if (move.from == state && move.phase == phase && !move.failing && move.to != state)
            return after(move.to, phase);
    }
    return state;
}

/// Whether `phase`, entered in `state`, has a failing transition.
[[nodiscard]] constexpr bool may_fail(CellState state, Phase phase) noexcept {
    return std::any_of(lifecycle.begin(), lifecycle.end(), [&](const Transition& move) {
        return move.from == state && move.phase == phase && move.failing;
    });
}

/// The state of a cell that was in `state` once `phase` has failed; `state` itself if it cannot
/// fail.
[[nodiscard]] constexpr CellState after_failure(CellState state, Phase phase) noexcept {
    for (const Transition& move : lifecycle) {
        if (move.from == state && move.phase == phase && move.failing) return move.to;
    }
    return state;
}

/// Whether an event of `type` may be emitted in `phase`.
[[nodiscard]] constexpr bool emits(Phase phase, std::string_view type) noexcept {
    return std::any_of(lifecycle.begin(), lifecycle.end(), [&](const Transition& move) {
        return move.phase == phase && !move.event.empty() && move.event == type;
    });
}

namespace detail {

// Whether `to` can be reached from `from` without entering `avoided`.
[[nodiscard]] constexpr bool reaches(
    CellState from, CellState to, Phase avoided, std::size_t steps = cell_state_count
) noexcept {
    if (from == to) return true;
    return steps > 0 &&
           std::any_of(lifecycle.begin(), lifecycle.end(), [&](const Transition& move) {
               return move.from == from && move.to != from && move.phase != avoided &&
                      reaches(move.to, to, avoided, steps - 1);
           });
}

[[nodiscard]] constexpr bool every_end_is_reached_through(Phase phase) noexcept {
    return !reaches(CellState::Created, CellState::Destroyed, phase);
}

// Running is no exception: the phase that enters it also leaves it.
[[nodiscard]] constexpr bool no_state_is_a_dead_end() noexcept {
    for (std::size_t i = 0; i < cell_state_count; ++i) {
        const auto state = static_cast<CellState>(i);
        if (state != CellState::Refused && !reaches(state, CellState::Destroyed, Phase::Admit) &&
            state != CellState::Requested)
            return false;
    }
    return true;
}

[[nodiscard]] constexpr bool phases_never_go_back() noexcept {
    for (const Transition& move : lifecycle)
        for (const Transition& next : lifecycle)
            if (next.from == move.to && next.phase < move.phase) return false;
    return true;
}

[[nodiscard]] constexpr bool has_event(Phase phase) noexcept {
    return std::any_of(lifecycle.begin(), lifecycle.end(), [&](const Transition& move) {
        return move.phase == phase && !move.event.empty();
    });
}

template <class... Data>
[[nodiscard]] consteval bool every_event_has_its_place(std::variant<Data...>*) noexcept {
    const auto placed = [](std::string_view type) {
        return std::any_of(lifecycle.begin(), lifecycle.end(), [&](const Transition& move) {
            return move.event == type;
        });
    };
    return (placed(Data::type) && ...);
}

static_assert(every_end_is_reached_through(Phase::Destroy), "a cell must not end undestroyed");
static_assert(every_end_is_reached_through(Phase::Revoke), "a cell must not keep its secrets");
static_assert(no_state_is_a_dead_end(), "every state must lead to an end");
static_assert(phases_never_go_back(), "the phases must keep their order");
static_assert(every_event_has_its_place(static_cast<EventData*>(nullptr)));

// Each phase leaves a trace in the history. Of the first two it is `started` that shows their
// success, unless there is a policy; a session is seen by its commands; the summary covers the one
// that emits nothing itself.
static_assert(has_event(Phase::Admit) && has_event(Phase::Create) && !has_event(Phase::Destroy));
static_assert(!has_event(Phase::Open));
static_assert(has_event(Phase::Secrets) && has_event(Phase::Started) && has_event(Phase::Run));
static_assert(has_event(Phase::Export) && has_event(Phase::Revoke) && has_event(Phase::Destroyed));

} // namespace detail

} // namespace cellos::inline CELLOS_ABI
