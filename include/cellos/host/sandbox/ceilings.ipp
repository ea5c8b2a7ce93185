#pragma once

#include <cellos/core/rules.hpp>
#include <cellos/host/sandbox/ceilings.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cellos::inline CELLOS_ABI::sandbox {

namespace detail {

// A ceiling of a limit in `spec.run.limits`.
struct LimitCeiling {
    std::string_view name; // of the ceiling
    std::string_view path; // in the document
    std::optional<std::int64_t> Ceilings::*ceiling;
    std::optional<std::int64_t> Limits::*limit;
};

inline constexpr std::array limit_ceilings{
    LimitCeiling{
        "memory_max_bytes",
        "spec.run.limits.memoryMaxBytes",
        &Ceilings::memory_max_bytes,
        &Limits::memory_max_bytes},
    LimitCeiling{
        "max_processes",
        "spec.run.limits.maxProcesses",
        &Ceilings::max_processes,
        &Limits::max_processes},
    LimitCeiling{
        "max_open_files",
        "spec.run.limits.maxOpenFiles",
        &Ceilings::max_open_files,
        &Limits::max_open_files},
    LimitCeiling{
        "scratch_bytes",
        "spec.run.limits.scratchBytes",
        &Ceilings::scratch_bytes,
        &Limits::scratch_bytes},
    LimitCeiling{
        "max_output_bytes",
        "spec.run.limits.maxOutputBytes",
        &Ceilings::max_output_bytes,
        &Limits::max_output_bytes},
};

} // namespace detail

CELLOS_DECL std::vector<std::string> above_ceilings(
    const ExecutionCellSpec& spec, const Ceilings& ceilings
) {
    std::vector<std::string> lines;
    const auto compare = [&](std::string_view name,
                             std::string_view path,
                             std::optional<std::int64_t> ceiling,
                             std::optional<std::int64_t> asked) {
        if (!ceiling) return;
        const rules::Integer* rule = rules::find(rules::integers, path);
        if (const std::int64_t least = rule != nullptr ? rule->least : 1; *ceiling < least) {
            lines.push_back(
                "the ceiling " + std::string{name} + " must be at least " + std::to_string(least)
            );
        } else if (asked && *asked > *ceiling) {
            lines.push_back(
                std::string{path} + " must be at most " + std::to_string(*ceiling) +
                ", the operator's ceiling"
            );
        }
    };
    const Limits limits = spec.run && spec.run->limits ? *spec.run->limits : Limits{};
    for (const auto& [name, path, ceiling, limit] : detail::limit_ceilings)
        compare(name, path, ceilings.*ceiling, limits.*limit);
    compare(
        "ttl_seconds", "spec.lifetime.ttlSeconds", ceilings.ttl_seconds, spec.lifetime.ttl_seconds
    );
    compare("cells", {}, ceilings.cells, std::nullopt);
    return lines;
}

CELLOS_DECL Limits limits_below(const Ceilings& ceilings, Limits limits, const Limits& defaults) {
    for (const auto& [name, path, ceiling, limit] : detail::limit_ceilings) {
        if (limits.*limit || !(ceilings.*ceiling)) continue;
        const std::int64_t most = *(ceilings.*ceiling);
        limits.*limit = (std::min)(most, (defaults.*limit).value_or(most));
    }
    return limits;
}

} // namespace cellos::inline CELLOS_ABI::sandbox
