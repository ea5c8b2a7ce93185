#pragma once

#include <cellos/core/violations.hpp>
#include <cellos/supervisor/session_command.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI::detail {

inline constexpr std::string_view more_than_granted =
    "is more than the document of the cell grants";

// A bound that the command may lower.
inline void lower(
    std::optional<std::int64_t>& bound,
    const std::optional<std::int64_t>& asked,
    std::string_view name,
    Violations& violations
) {
    if (!asked) return;
    if (bound && *asked > *bound) violations.add(std::string{name}, more_than_granted);
    bound = asked;
}

inline void lower_limits(Limits& limits, const Limits& asked, Violations& violations) {
    const auto of_the_cell = [&](const auto& one, const auto& other, std::string_view name) {
        if (one && one != other)
            violations.add(
                std::string{name},
                "is a limit of the whole cell: set it in its document",
                CellosError::Kind::Unsupported
            );
    };
    of_the_cell(asked.memory_max_bytes, limits.memory_max_bytes, "limits.memoryMaxBytes");
    of_the_cell(asked.cpu_max, limits.cpu_max, "limits.cpuMax");
    of_the_cell(asked.scratch_bytes, limits.scratch_bytes, "limits.scratchBytes");
    of_the_cell(asked.cpu_time_ms, limits.cpu_time_ms, "limits.cpuTimeMs");
    lower(
        limits.graceful_shutdown_seconds,
        asked.graceful_shutdown_seconds,
        "limits.gracefulShutdownSeconds",
        violations
    );
    lower(limits.max_processes, asked.max_processes, "limits.maxProcesses", violations);
    lower(limits.max_open_files, asked.max_open_files, "limits.maxOpenFiles", violations);
    lower(limits.max_file_bytes, asked.max_file_bytes, "limits.maxFileBytes", violations);
    lower(limits.max_output_bytes, asked.max_output_bytes, "limits.maxOutputBytes", violations);
    lower(limits.stack_bytes, asked.stack_bytes, "limits.stackBytes", violations);
}

CELLOS_DECL Result<ExecutionCellDocument> document_for(
    const ExecutionCellDocument& cell, const Command& command
) {
    ExecutionCellDocument document = cell;
    ExecutionCellSpec& spec = document.spec;
    RunSpec& run = spec.run ? *spec.run : spec.run.emplace();
    Violations violations;
    run.argv = command.argv;
    if (command.working_directory) run.working_directory = command.working_directory;
    std::optional<std::int64_t> timeout;
    if (command.timeout) timeout = command.timeout->count();
    lower(run.timeout_ms, timeout, "timeout", violations);
    if (command.limits) {
        if (!run.limits) run.limits.emplace();
        lower_limits(*run.limits, *command.limits, violations);
    }
    if (!command.environment.empty()) {
        if (!spec.environment) spec.environment.emplace();
        for (const auto& [name, value] : command.environment)
            spec.environment->variables.insert_or_assign(name, value);
    }
    if (!violations.empty()) return failure(violations.error());
    return document;
}

} // namespace cellos::inline CELLOS_ABI::detail
