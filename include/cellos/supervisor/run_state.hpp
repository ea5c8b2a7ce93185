#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/exit_status.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/outcome.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/core/session_context.hpp>
#include <cellos/supervisor/in_place.hpp>
#include <cellos/supervisor/phase_clock.hpp>
#include <cellos/supervisor/run_options.hpp>

#include <optional>
#include <span>
#include <vector>

namespace cellos::inline CELLOS_ABI::detail {

/// The state of one run so far, and the decisions that follow from it: the part of a cell's life
/// that does not depend on the types of backend and ports. `Life` does the work and records it
/// here.
struct RunState {
    /// All three must outlive this object.
    CELLOS_DECL RunState(
        const ExecutionCellDocument& its_document, RunOptions& its_options, CellReport& its_report
    );
    RunState(const RunState&) = delete;
    RunState& operator=(const RunState&) = delete;

    const ExecutionCellDocument& document;
    const ExecutionCellSpec& spec;
    RunOptions& options;
    CellReport& report;
    PhaseClock clock;
    InPlace<Result<CellHandle>> created{};
    std::vector<ResolvedSecret> secrets{};
    bool is_session = false; ///< the commands are not the document's, and their failures their own
    bool export_failed = false;
    bool output_lost = false;

    /// Only valid once the cell was created.
    [[nodiscard]] const CellHandle& cell() noexcept { return **created; }

    [[nodiscard]] bool has_run() const noexcept { return spec.run.has_value(); }
    /// False after a failure, since the artifacts are unknown then.
    [[nodiscard]] bool has_exports() const noexcept { return spec.export_ && !error_; }

    /// The end of the cell's time to live, once that was started.
    [[nodiscard]] PhaseClock::Clock::time_point ttl_end() const noexcept { return ttl_end_; }

    /// Records a failure; only the first one is kept. Always returns false.
    CELLOS_DECL bool fail(CellosError error) noexcept;

    /// Starts the time to live.
    CELLOS_DECL void start_ttl() noexcept;

    /// Whether the cell has to end before its workload has started; if so, this is recorded for the
    /// report.
    [[nodiscard]] CELLOS_DECL bool interrupted() noexcept;

    /// Why nothing more can be exported: a stop was requested, or the cell's time to live is over.
    [[nodiscard]] CELLOS_DECL Result<void> may_export() const;

    /// Makes the context of the run, which refers to `run_report`; that must outlive it. Moves the
    /// secrets and the caller's options into it.
    [[nodiscard]] CELLOS_DECL RunContext make_context(RunReport& run_report);

    /// Makes the context of a session, as make_context() does.
    [[nodiscard]] CELLOS_DECL SessionContext make_session_context();

    /// Records that the workload has ended, or could not be run.
    CELLOS_DECL void ended(Result<ExitStatus> end, ExecutedOn where, RunReport& run_report);

    /// Records that a session has ended: of how many commands it consisted, what they took
    /// together, and why it ended, if not by its owner.
    CELLOS_DECL void closed(
        std::size_t commands,
        const ResourceUsage& usage,
        std::optional<ExitStatus::Kind> ended_by,
        ExecutedOn where
    );

    /// Records the result of the backend's `destroy`.
    CELLOS_DECL void torn_down(Result<TeardownReport> found);

    /// Decides whether the run has succeeded; nothing later changes that.
    CELLOS_DECL void conclude() noexcept;
    [[nodiscard]] CELLOS_DECL TerminalState terminal_state() const noexcept;

    /// Replaces the report in `result` with the error, if there is one and the workload has not
    /// ended. Other failures are appended to it, one per line, so that they are not lost with the
    /// report.
    CELLOS_DECL void finish(Result<CellReport>& result);

private:
    PhaseClock::Clock::time_point ttl_end_{};
    std::optional<CellosError> error_{};
    std::optional<ExitStatus::Kind> interruption_{}; // set: the workload never started
};

/// Removes the values of the secrets from the error: a backend may quote messages of its tools,
/// which may contain the environment.
CELLOS_DECL void redact_secrets(CellosError& error, std::span<const ResolvedSecret> secrets);

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/run_state.ipp>
#endif
