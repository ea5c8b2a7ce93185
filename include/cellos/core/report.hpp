#pragma once

#include <cellos/core/boot.hpp>
#include <cellos/core/enum_names.hpp>
#include <cellos/core/error.hpp>
#include <cellos/core/exit_status.hpp>
#include <cellos/core/outcome.hpp>
#include <cellos/core/usage.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// The result of `destroy`. `destroyed` means that it was verified, not just attempted: the cell's
/// processes are dead, and everything it had on the host has been removed.
struct TeardownReport {
    std::string cell_id{};
    bool destroyed = false;
    std::size_t peers_tracked_after = 0; ///< cells that the backend still tracks

    friend bool operator==(const TeardownReport&, const TeardownReport&) = default;
};

/// The phases of a cell's life, in their order. Boot and HandOver are the beginning of the run as
/// timings tell it: the steps of a life, its events and its spans know them as parts of Run.
enum class Phase : std::uint8_t {
    Admit,
    Create,
    Secrets,
    Started,
    Open,     ///< until a session is ready for its commands
    Boot,     ///< until the sandbox was ready
    HandOver, ///< from there to the workload's exec
    Run,
    Export,
    Destroy,
    Revoke,
    Destroyed
};

template <>
inline constexpr auto enum_names<Phase> = std::to_array<EnumName<Phase>>({
    {Phase::Admit, "admit"},
    {Phase::Create, "create"},
    {Phase::Secrets, "secrets"},
    {Phase::Started, "started"},
    {Phase::Open, "open"},
    {Phase::Boot, "boot"},
    {Phase::HandOver, "handOver"},
    {Phase::Run, "run"},
    {Phase::Export, "export"},
    {Phase::Destroy, "destroy"},
    {Phase::Revoke, "revoke"},
    {Phase::Destroyed, "destroyed"},
});
static_assert(detail::has_names_for_all<Phase>());

[[nodiscard]] constexpr std::string_view to_string(Phase phase) noexcept {
    return detail::name_of(phase, "unknown");
}

/// How long a phase took.
struct PhaseTiming {
    Phase phase = Phase::Admit;
    std::chrono::nanoseconds duration{};
};

/// The report on a cell that was created and whose workload, if it had one, ended in any way.
struct CellReport {
    std::string cell_id{};
    /// Succeeded: exit code 0 (or nothing to run), all output delivered, every export done, and the
    /// cell is gone.
    Outcome outcome = Outcome::Failed;
    /// Empty if the document has no `run`, and of a session: there it is set only if the session
    /// did not end by its owner (TimedOut: its TTL or idle time-out; Cancelled: a stop).
    std::optional<ExitStatus> exit{};
    TeardownReport teardown{};
    ExecutedOn executed_on = ExecutedOn::Nowhere;
    std::string stdout_text{}, stderr_text{};
    bool output_truncated = false;
    /// Failures of sinks, exports, tracers and revocation, and of delivering output; none of them
    /// stops a tear-down.
    std::vector<CellosError> port_errors{};
    /// Of a backend that tells them apart, Boot, HandOver and Run are RunPhases; of any other, Run
    /// is the whole call.
    std::vector<PhaseTiming> phases{};
    /// Why `teardown.destroyed` is false.
    std::optional<CellosError> teardown_error{};
    /// CellHandle::caveats: what this host could not enforce or find out.
    std::vector<std::string> caveats{};
    /// How the workload's sandbox was booted; empty if there was none.
    std::optional<Boot> boot{};
    /// What the workload took; empty where none ran to an end, or the backend cannot tell.
    std::optional<ResourceUsage> usage{};
    /// How many commands were started in a session; empty otherwise. `usage` is their sum then, in
    /// which a time of the sandbox during which several ran counts for each of them, and of memory
    /// the most that one of them held.
    std::optional<std::size_t> commands{};
};

} // namespace cellos::inline CELLOS_ABI
