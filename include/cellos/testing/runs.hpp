#pragma once

#include <cellos/core/captured_output.hpp>
#include <cellos/core/command_document.hpp>
#include <cellos/core/environment.hpp>
#include <cellos/core/exit_status.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/core/usage.hpp>
#include <cellos/testing/cells.hpp>
#include <cellos/testing/options.hpp>
#include <cellos/testing/residue.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// @file
/// Runs commands in cells without a supervisor.

namespace cellos::inline CELLOS_ABI::testing {

[[nodiscard]] inline std::vector<std::string> shell(std::string script) {
    return {"/bin/sh", "-c", std::move(script), workload_marker};
}

/// The context that a supervisor would pass to `execute`. `report` must outlive the run.
[[nodiscard]] inline RunContext run_context(
    const ExecutionCellDocument& document, RunReport& report, const LawOptions& options
) {
    RunContext context{.report = report};
    context.document = document;
    context.environment = cell_environment(document.spec);
    context.cell_deadline = std::chrono::steady_clock::now() + options.patience;
    context.deadline = context.cell_deadline;
    return context;
}

/// Gives the workload so much wall time, whichever of the two ways the backend has to tell.
inline void limit_time(RunContext& context, std::chrono::milliseconds timeout) {
    context.timeout = timeout;
    context.deadline = context.deadline_from(std::chrono::steady_clock::now());
}

/// How a command ended in a cell of its own, and what it wrote.
struct CommandRun {
    Result<ExitStatus> status{};
    CapturedOutput output{};
    std::optional<ResourceUsage> usage{};
    std::chrono::steady_clock::duration took{};
};

/// Creates a cell, executes a command in it and destroys it. `change` may change the context first.
template <class Backend, class Change>
[[nodiscard]] CommandRun run_command(
    Backend& backend, std::vector<std::string> argv, const LawOptions& options, Change change
) {
    const ExecutionCellDocument document = command_document("law", std::move(argv));
    const CellHandle cell = must_create(backend, document);
    CommandRun end;
    RunReport report;
    RunContext context = run_context(document, report, options);
    change(context);
    const auto begin = std::chrono::steady_clock::now();
    end.status = backend.execute(cell, context);
    end.took = std::chrono::steady_clock::now() - begin;
    end.output = std::move(report.output);
    end.usage = report.usage;
    must_destroy(backend, cell);
    return end;
}

template <class Backend>
[[nodiscard]] CommandRun run_command(
    Backend& backend, std::vector<std::string> argv, const LawOptions& options
) {
    return run_command(backend, std::move(argv), options, [](const RunContext&) {});
}

/// Checks that the command ended exactly as expected.
inline void check_end(const Result<ExitStatus>& status, const ExitStatus& expected) {
    INFO("execute: " << (status ? to_string(status->kind) : status.error().what()));
    REQUIRE(status.has_value());
    CHECK(status->kind == expected.kind);
    CHECK(status->code == expected.code);
    CHECK(status->signal == expected.signal);
}

} // namespace cellos::inline CELLOS_ABI::testing
