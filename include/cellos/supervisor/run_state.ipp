#pragma once

#include <cellos/core/environment.hpp>
#include <cellos/core/secret.hpp>
#include <cellos/supervisor/run_state.hpp>

#include <chrono>
#include <utility>

namespace cellos::inline CELLOS_ABI::detail {

CELLOS_DECL RunState::RunState(
    const ExecutionCellDocument& its_document, RunOptions& its_options, CellReport& its_report
)
    : document{its_document},
      spec{document.spec},
      options{its_options},
      report{its_report},
      clock{report.phases} {
    report.cell_id = spec.id;
}

CELLOS_DECL bool RunState::fail(CellosError error) noexcept {
    if (!error_) error_ = std::move(error);
    return false;
}

CELLOS_DECL void RunState::start_ttl() noexcept {
    ttl_end_ = clock.boundary() + std::chrono::seconds{spec.lifetime.ttl_seconds};
}

CELLOS_DECL bool RunState::interrupted() noexcept {
    if (options.stop.stop_requested()) {
        interruption_ = ExitStatus::Kind::Cancelled;
    } else if (clock.boundary() >= ttl_end_) {
        interruption_ = ExitStatus::Kind::TimedOut;
    }
    if (interruption_ && has_run()) report.exit = ExitStatus::forced(*interruption_);
    return interruption_.has_value();
}

CELLOS_DECL Result<void> RunState::may_export() const {
    if (options.stop.stop_requested())
        return failure(CellosError::Kind::Cancelled, "stopped before it was exported");
    if (PhaseClock::Clock::now() >= ttl_end_)
        return failure(
            CellosError::Kind::ExportSink,
            "the cell's time to live was over before it was exported: raise "
            "spec.lifetime.ttlSeconds"
        );
    return {};
}

CELLOS_DECL RunContext RunState::make_context(RunReport& run_report) {
    RunContext context{
        .document = document,
        .environment = cell_environment(spec),
        .secrets = std::move(secrets),
        .stdio = std::move(options.stdio),
        .inputs = std::move(options.inputs),
        .stop = options.stop,
        .report = run_report,
        .run_id = cell().run_id.value_or(std::string{}),
        .cell_deadline = ttl_end_,
        .stop_now = options.stop_now,
    };
    if (const auto& timeout = spec.run->timeout_ms)
        context.timeout = std::chrono::milliseconds{*timeout};
    context.deadline = context.deadline_from(clock.boundary());
    return context;
}

CELLOS_DECL SessionContext RunState::make_session_context() {
    return {
        .document = document,
        .secrets = std::move(secrets),
        .inputs = std::move(options.inputs),
        .stop = options.stop,
        .cell_deadline = ttl_end_,
        .run_id = cell().run_id.value_or(std::string{}),
    };
}

CELLOS_DECL void RunState::ended(Result<ExitStatus> end, ExecutedOn where, RunReport& run_report) {
    report.boot = std::move(run_report.boot);
    if (run_report.phases) clock.split(*run_report.phases);
    if (!end) {
        fail(std::move(end).error());
        return;
    }
    report.exit = *end;
    report.executed_on = where;
    report.stdout_text = std::move(run_report.output.stdout_text);
    report.stderr_text = std::move(run_report.output.stderr_text);
    report.output_truncated = run_report.output.truncated;
    report.usage = run_report.usage;
    output_lost = run_report.output_error.has_value();
    if (output_lost) report.port_errors.push_back(*std::move(run_report.output_error));
}

CELLOS_DECL void RunState::closed(
    std::size_t commands,
    const ResourceUsage& usage,
    std::optional<ExitStatus::Kind> ended_by,
    ExecutedOn where
) {
    clock.end(Phase::Run);
    report.commands = commands;
    if (commands > 0) report.usage = usage;
    if (ended_by) report.exit = ExitStatus::forced(*ended_by);
    report.executed_on = where;
}

CELLOS_DECL void RunState::torn_down(Result<TeardownReport> found) {
    if (!found) {
        report.teardown.cell_id = spec.id;
        report.teardown_error = std::move(found).error();
        return;
    }
    report.teardown = *std::move(found);
    if (!report.teardown.destroyed)
        report.teardown_error.emplace(
            CellosError::Kind::TeardownIncomplete, "the backend could not see that the cell is gone"
        );
}

CELLOS_DECL void RunState::conclude() noexcept {
    const bool workload_succeeded = is_session  ? !report.exit && !interruption_
                                    : has_run() ? report.exit && report.exit->succeeded()
                                                : !interruption_;
    const bool succeeded = workload_succeeded && !error_ && !export_failed && !output_lost &&
                           report.teardown.destroyed;
    report.outcome = succeeded ? Outcome::Succeeded : Outcome::Failed;
    report.caveats = std::move((**created).caveats);
}

CELLOS_DECL TerminalState RunState::terminal_state() const noexcept {
    const bool ended_by_itself = !report.exit || report.exit->kind == ExitStatus::Kind::Exited ||
                                 report.exit->kind == ExitStatus::Kind::Signaled;
    return ended_by_itself && !interruption_ && !error_ && report.teardown.destroyed
               ? TerminalState::Clean
               : TerminalState::Forced;
}

CELLOS_DECL void RunState::finish(Result<CellReport>& result) {
    if (!error_ || report.exit) return;
    const auto append = [&](const CellosError& error) {
        error_->message += '\n';
        error_->message += error.what();
    };
    if (report.teardown_error) append(*report.teardown_error);
    for (const CellosError& error : report.port_errors) append(error);
    result = failure(*std::move(error_));
}

CELLOS_DECL void redact_secrets(CellosError& error, std::span<const ResolvedSecret> secrets) {
    for (const ResolvedSecret& secret : secrets) redact(error.message, secret.value);
}

} // namespace cellos::inline CELLOS_ABI::detail
