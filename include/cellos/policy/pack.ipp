#pragma once

#include <cellos/core/violations.hpp>
#include <cellos/policy/destination.hpp>
#include <cellos/policy/pack.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace cellos::inline CELLOS_ABI {

namespace policy::detail {

[[nodiscard]] inline std::string element(std::string_view list, std::size_t index) {
    std::string path{list};
    append_element(path, index);
    return path;
}

// "X*" stands for what begins with X.
[[nodiscard]] inline bool matches(std::string_view pattern, std::string_view name) noexcept {
    if (!pattern.ends_with('*')) return pattern == name;
    return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

[[nodiscard]] inline bool any_matches(
    const std::vector<std::string>& patterns, std::string_view name
) {
    return std::ranges::any_of(patterns, [&](const std::string& pattern) {
        return matches(pattern, name);
    });
}

[[nodiscard]] inline bool has(const RunSpec& run, RunLimit limit) {
    const Limits limits = run.limits.value_or(Limits{});
    switch (limit) {
        using enum RunLimit;
    case TimeoutMs: return run.timeout_ms.has_value();
    case MemoryMaxBytes: return limits.memory_max_bytes.has_value();
    case CpuMax: return limits.cpu_max.has_value();
    case MaxProcesses: return limits.max_processes.has_value();
    case MaxOpenFiles: return limits.max_open_files.has_value();
    case MaxFileBytes: return limits.max_file_bytes.has_value();
    case ScratchBytes: return limits.scratch_bytes.has_value();
    case MaxOutputBytes: return limits.max_output_bytes.has_value();
    case CpuTimeMs: return limits.cpu_time_ms.has_value();
    case StackBytes: return limits.stack_bytes.has_value();
    }
    return false;
}

[[nodiscard]] inline std::string path_of(RunLimit limit) {
    return (limit == RunLimit::TimeoutMs ? "spec.run." : "spec.run.limits.") +
           std::string{cellos::detail::name_of(limit, "unknown")};
}

// Holds one document against one pack. What it says names places and what the pack allows there,
// never what the document has.
class PackCheck {
public:
    explicit PackCheck(const PolicyPack& pack) : pack_{pack}, rules_{pack.rules} {}

    void document(const ExecutionCellSpec& spec) {
        if (spec.policy) reference(*spec.policy);
        at_most("spec.lifetime.ttlSeconds", rules_.max_ttl_seconds, spec.lifetime.ttl_seconds);
        if (spec.run) run(spec, *spec.run);
        secrets(spec);
        const auto& egress = spec.authority.egress_rules;
        for (std::size_t i = 0; i < egress.size(); ++i) {
            const bool allowed = std::ranges::any_of(rules_.allowed_egress, [&](const auto& rule) {
                return covers(rule, egress[i]);
            });
            if (!allowed)
                add(element("spec.authority.egressRules", i),
                    "is no destination that the policy allows");
        }
        if (spec.export_) exports(spec.export_->artifacts);
    }

    [[nodiscard]] std::vector<std::string> violations() && {
        if (not_kept_ > 0) violations_.push_back("… and " + std::to_string(not_kept_) + " more");
        return std::move(violations_);
    }

private:
    // As many as of any document: its author must not be able to flood a log.
    void add(std::string path, std::string_view text) {
        if (violations_.size() < Violations::most_kept) {
            violations_.push_back(std::move(path.append(": ").append(text)));
        } else {
            ++not_kept_;
        }
    }

    void reference(const PolicyReference& named) {
        if (named.pack_id != pack_.id) {
            add("spec.policy.packId", "is not the pack that is in force here: " + pack_.id);
        } else if (named.pack_version != pack_.version) {
            add("spec.policy.packVersion",
                "is not the version that is in force here: " + pack_.version);
        }
    }

    void at_most(
        std::string path, std::optional<std::int64_t> most, std::optional<std::int64_t> asked
    ) {
        if (!most || (asked && *asked <= *most)) return;
        const std::string bound = "at most " + std::to_string(*most) + ", says the policy";
        add(std::move(path), asked ? "must be " + bound : "is missing: it must be " + bound);
    }

    void run(const ExecutionCellSpec& spec, const RunSpec& run) {
        const Limits limits = run.limits.value_or(Limits{});
        at_most(path_of(RunLimit::TimeoutMs), rules_.max_timeout_ms, run.timeout_ms);
        at_most(
            path_of(RunLimit::MemoryMaxBytes), rules_.max_memory_bytes, limits.memory_max_bytes
        );
        for (const RunLimit limit : rules_.required_limits) {
            const bool is_told = (limit == RunLimit::TimeoutMs && rules_.max_timeout_ms) ||
                                 (limit == RunLimit::MemoryMaxBytes && rules_.max_memory_bytes);
            if (!is_told && !has(run, limit))
                add(path_of(limit), "is missing: the policy requires it");
        }
        program(spec, run);
    }

    void program(const ExecutionCellSpec& spec, const RunSpec& run) {
        const auto lists = [&](std::string_view program) {
            return std::ranges::find(rules_.allowed_programs, program) !=
                   rules_.allowed_programs.end();
        };
        if (run.argv.empty() || lists("*")) return;
        const std::string& program = run.argv.front();
        if (!lists(program)) return add("spec.run.argv[0]", "is no program that the policy allows");
        // Else the document would decide which program bears the name.
        if (program.find('/') == std::string::npos && spec.environment &&
            spec.environment->variables.contains("PATH"))
            add("spec.environment.variables.PATH",
                "must not be set where the policy allows a program by its name");
    }

    void secrets(const ExecutionCellSpec& spec) {
        const auto& names = spec.authority.secret_refs;
        for (std::size_t i = 0; i < names.size(); ++i)
            if (!any_matches(rules_.allowed_secrets, names[i]))
                add(element("spec.authority.secretRefs", i), "is no secret that the policy allows");
        const bool by_file = spec.run && spec.run->secret_delivery == SecretDelivery::File;
        if (rules_.require_file_delivery.value_or(false) && spec.run && !names.empty() && !by_file)
            add("spec.run.secretDelivery", "must be file, says the policy");
    }

    void exports(const std::vector<ExportArtifact>& artifacts) {
        for (std::size_t i = 0; i < artifacts.size(); ++i)
            if (!any_matches(rules_.allowed_exports, artifacts[i].name))
                add(element("spec.export.artifacts", i) + ".name",
                    "is no artifact that the policy allows");
    }

    const PolicyPack& pack_;
    const PolicyRules& rules_;
    std::vector<std::string> violations_{};
    std::size_t not_kept_ = 0;
};

} // namespace policy::detail

CELLOS_DECL Result<PolicyDecision> PolicyPack::decide(const ExecutionCellDocument& document) const {
    policy::detail::PackCheck check{*this};
    check.document(document.spec);
    return PolicyDecision{{id, version}, std::move(check).violations()};
}

} // namespace cellos::inline CELLOS_ABI
