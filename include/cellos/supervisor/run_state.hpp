#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/exit_status.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/outcome.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/supervisor/in_place.hpp>
#include <cellos/supervisor/phase_clock.hpp>
#include <cellos/supervisor/run_options.hpp>

#include <optional>
#include <vector>

namespace cellos::inline CELLOS_ABI::detail {

/// What is known of one run so far, and what follows from that: all about a cell's life that is the
/// same for every backend and all ports. `Life` does the work and tells it here.
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
    bool export_failed = false;

    /// Only of a cell that was created.
    [[nodiscard]] const CellHandle& cell() noexcept { return **created; }

    [[nodiscard]] bool has_run() const noexcept { return spec.run.has_value(); }
    /// False after a failure: then nothing is known of the artifacts.
    [[nodiscard]] bool has_exports() const noexcept { return spec.export_ && !error_; }

    /// The first failure is the one that is reported; always false.
    CELLOS_DECL bool fail(CellosError error) noexcept;

    /// From now on the time to live counts.
    CELLOS_DECL void start_ttl() noexcept;

    /// Whether the cell has to end before its workload could start; if so, the report says it.
    [[nodiscard]] CELLOS_DECL bool interrupted() noexcept;

    /// What the workload is given, with a report to fill in that must outlive it. Takes the
    /// secrets and the caller's options.
    [[nodiscard]] CELLOS_DECL RunContext make_context(RunReport& run_report);

    /// The workload has ended, or could not be run.
    CELLOS_DECL void ended(Result<ExitStatus> end, ExecutedOn where, RunReport& run_report);

    /// What the backend's `destroy` has found.
    CELLOS_DECL void torn_down(Result<TeardownReport> found);

    /// Decides whether the run has succeeded; nothing that happens later changes that.
    CELLOS_DECL void conclude() noexcept;
    [[nodiscard]] CELLOS_DECL TerminalState terminal_state() const noexcept;

    /// Puts the error in the place of the report, `result`, if there is one and no end of a
    /// workload to tell of instead. What else went wrong follows on lines of its own, so that
    /// nothing is lost with the report.
    CELLOS_DECL void finish(Result<CellReport>& result);

private:
    PhaseClock::Clock::time_point ttl_end_{};
    std::optional<CellosError> error_{};
    std::optional<ExitStatus::Kind> interruption_{}; // set: the workload never started
};

/// Takes the values of the secrets out of the error: what a backend quotes of its tools' texts may
/// hold the environment.
CELLOS_DECL void redact_secrets(CellosError& error, const RunContext& context);

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/run_state.ipp>
#endif
