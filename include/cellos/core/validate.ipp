#pragma once

#include <cellos/core/environment.hpp>
#include <cellos/core/rules.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/core/validate.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI {

namespace detail {

// Tells names that come again. As long as they come in ascending order, as tools write them, that
// takes one comparison each; a set of all took a quarter of the time of reading a large document.
class SeenNames {
public:
    /// False: it was added before. The text must outlive this object.
    [[nodiscard]] bool add(std::string_view name) {
        if (!ascending_) return seen_.insert(name).second;
        ascending_ = list_.empty() || list_.back() < name;
        if (ascending_) {
            list_.push_back(name);
            return true;
        }
        seen_.insert(list_.begin(), list_.end());
        return seen_.insert(name).second;
    }

private:
    bool ascending_ = true;
    std::vector<std::string_view> list_{};
    std::set<std::string_view> seen_{};
};

// One pass over a document. Values never get into a message: they may be secret.
class DocumentCheck {
public:
    explicit DocumentCheck(Violations& violations) noexcept : violations_{violations} {}

    void document(const ExecutionCellDocument& document) {
        text(rules::text("apiVersion"), document.api_version);
        text(rules::text("kind"), document.kind);
        spec(document.spec);
    }

    void argv_within(const ArgvBounds& bounds, const std::vector<std::string>& argv) {
        constexpr std::string_view path = rules::list("spec.run.argv").path;
        const auto too_large = [&](std::string place, std::size_t size, std::size_t most) {
            violations_.add(
                std::move(place),
                "takes " + std::to_string(size) + " bytes with the NUL of each argument; at most " +
                    std::to_string(most) + " fit this backend: pass longer texts as input files",
                CellosError::Kind::ArgvTooLarge
            );
        };
        std::size_t together = 0;
        for (std::size_t i = 0; i < argv.size(); ++i) {
            const std::size_t size = argv[i].size() + 1;
            if (size > bounds.argument) too_large(element(path, i), size, bounds.argument);
            together += size;
        }
        if (together > bounds.together) too_large(std::string{path}, together, bounds.together);
    }

private:
    void spec(const ExecutionCellSpec& spec) {
        if (spec.id.empty()) {
            violations_.add_sentence("spec.id", "must be non-empty");
        } else {
            text(rules::text("spec.id"), spec.id);
        }
        if (spec.run) run(*spec.run);
        if (spec.environment) environment(*spec.environment);
        authority(spec.authority);
        if (delivers_by_environment(spec)) distinct_from_variables(spec);
        integer(rules::integer("spec.lifetime.ttlSeconds"), spec.lifetime.ttl_seconds);
        if (spec.export_) artifacts(spec.export_->artifacts);
        if (spec.correlation) correlation(*spec.correlation);
        if (spec.placement) placement(*spec.placement);
        if (spec.policy) {
            text(rules::text("spec.policy.packId"), spec.policy->pack_id);
            text(rules::text("spec.policy.packVersion"), spec.policy->pack_version);
        }
        if (spec.identity) text(rules::text("spec.identity.audience"), spec.identity->audience);
    }

    void run(const RunSpec& run) {
        argv(run.argv);
        if (run.working_directory)
            text(rules::text("spec.run.workingDirectory"), *run.working_directory);
        integer(rules::integer("spec.run.timeoutMs"), run.timeout_ms);
        if (run.limits) limits(*run.limits);
    }

    void argv(const std::vector<std::string>& argv) {
        constexpr std::string_view path = rules::list("spec.run.argv").path;
        if (argv.empty()) {
            violations_.add(std::string{path}, "must hold at least the program");
            return;
        }
        for (std::size_t i = 0; i < argv.size(); ++i)
            if (!is_text(argv[i])) violations_.add(element(path, i), must(rules::any_text));
    }

    void limits(const Limits& limits) {
        integer(rules::integer("spec.run.limits.memoryMaxBytes"), limits.memory_max_bytes);
        if (limits.cpu_max) {
            integer(
                rules::integer("spec.run.limits.cpuMax.quotaMicros"), limits.cpu_max->quota_micros
            );
            integer(
                rules::integer("spec.run.limits.cpuMax.periodMicros"), limits.cpu_max->period_micros
            );
        }
        integer(
            rules::integer("spec.run.limits.gracefulShutdownSeconds"),
            limits.graceful_shutdown_seconds
        );
        integer(rules::integer("spec.run.limits.maxProcesses"), limits.max_processes);
        integer(rules::integer("spec.run.limits.maxOpenFiles"), limits.max_open_files);
        integer(rules::integer("spec.run.limits.maxFileBytes"), limits.max_file_bytes);
        integer(rules::integer("spec.run.limits.scratchBytes"), limits.scratch_bytes);
        integer(rules::integer("spec.run.limits.maxOutputBytes"), limits.max_output_bytes);
        integer(rules::integer("spec.run.limits.cpuTimeMs"), limits.cpu_time_ms);
        integer(rules::integer("spec.run.limits.stackBytes"), limits.stack_bytes);
    }

    void environment(const EnvironmentSpec& environment) {
        constexpr rules::Text name_rule = rules::text("spec.environment.variables{name}");
        constexpr std::string_view path = "spec.environment.variables";
        for (const auto& [name, value] : environment.variables) {
            if (!name_rule.accepts(name)) violations_.add(member(path, name), must(name_rule));
            if (!is_text(value)) violations_.add(member(path, name), must(rules::any_text));
        }
    }

    void authority(const Authority& authority) {
        constexpr rules::Text name_rule = rules::text("spec.authority.secretRefs[]");
        constexpr rules::Text host_rule = rules::text("spec.authority.egressRules[].host");
        constexpr rules::Integer port_rule = rules::integer("spec.authority.egressRules[].port");
        SeenNames names;
        for (std::size_t i = 0; i < authority.secret_refs.size(); ++i) {
            const std::string& name = authority.secret_refs[i];
            if (!name_rule.accepts(name))
                violations_.add(element(name_rule.path, i), must(name_rule));
            if (!names.add(name))
                violations_.add(element(name_rule.path, i), "names a secret twice");
        }
        for (std::size_t i = 0; i < authority.egress_rules.size(); ++i) {
            const EgressRule& rule = authority.egress_rules[i];
            if (!host_rule.accepts(rule.host))
                violations_.add(element(host_rule.path, i), must(host_rule));
            if (!within(port_rule, rule.port))
                violations_.add(element(port_rule.path, i), must(port_rule));
        }
    }

    static bool delivers_by_environment(const ExecutionCellSpec& spec) noexcept {
        return spec.run &&
               spec.run->secret_delivery.value_or(SecretDelivery::Env) == SecretDelivery::Env;
    }

    // One name with two values: either would surprise someone.
    void distinct_from_variables(const ExecutionCellSpec& spec) {
        const std::vector<std::string>& names = spec.authority.secret_refs;
        for (std::size_t i = 0; i < names.size(); ++i) {
            const std::string& name = names[i];
            if (spec.environment && spec.environment->variables.contains(name)) {
                violations_.add(
                    element("spec.authority.secretRefs[]", i),
                    "is also the name of a variable in spec.environment"
                );
            } else if (std::ranges::find(default_variables, name) != default_variables.end()) {
                violations_.add(
                    element("spec.authority.secretRefs[]", i),
                    "is also the name of a variable that every cell has"
                );
            }
        }
    }

    void artifacts(const std::vector<ExportArtifact>& artifacts) {
        constexpr rules::Text name_rule = rules::text("spec.export.artifacts[].name");
        constexpr rules::Text path_rule = rules::text("spec.export.artifacts[].path");
        constexpr rules::List list_rule = rules::list("spec.export.artifacts");
        if (artifacts.size() > list_rule.most)
            violations_.add(
                std::string{list_rule.path}, "must hold at most " + std::to_string(list_rule.most)
            );
        SeenNames names;
        for (std::size_t i = 0; i < artifacts.size(); ++i) {
            const auto& [name, path] = artifacts[i];
            if (!name_rule.accepts(name))
                violations_.add(element(name_rule.path, i), must(name_rule));
            if (!names.add(name))
                violations_.add(element(name_rule.path, i), "names an artifact twice");
            if (!path_rule.accepts(path))
                violations_.add(element(path_rule.path, i), must(path_rule));
        }
    }

    void correlation(const Correlation& correlation) {
        any_text("spec.correlation.platform", correlation.platform);
        any_text("spec.correlation.externalRunId", correlation.external_run_id);
        any_text("spec.correlation.externalJobId", correlation.external_job_id);
        any_text("spec.correlation.tenantId", correlation.tenant_id);
        any_text("spec.correlation.correlationId", correlation.correlation_id);
        for (const auto& [name, value] : correlation.labels)
            if (!is_text(name) || !is_text(value))
                violations_.add(member("spec.correlation.labels", name), must(rules::any_text));
    }

    void placement(const Placement& placement) {
        any_text("spec.placement.poolId", placement.pool_id);
        any_text("spec.placement.kubernetesNamespace", placement.kubernetes_namespace);
        any_text("spec.placement.queueName", placement.queue_name);
    }

    void text(const rules::Text& rule, std::string_view value) {
        if (!rule.accepts(value)) violations_.add(std::string{rule.path}, must(rule));
    }

    void any_text(std::string_view path, const std::optional<std::string>& value) {
        if (value && !is_text(*value)) violations_.add(std::string{path}, must(rules::any_text));
    }

    void integer(const rules::Integer& rule, const std::optional<std::int64_t>& value) {
        if (value && !within(rule, *value)) violations_.add(std::string{rule.path}, must(rule));
    }

    static bool within(const rules::Integer& rule, std::int64_t value) noexcept {
        return rule.least <= value && value <= rule.most;
    }

    static std::string must(const rules::Text& rule) { return "must " + std::string{rule.must}; }

    static std::string must(const rules::Integer& rule) {
        std::string text = "must be at least " + std::to_string(rule.least);
        if (rule.most != (std::numeric_limits<std::int64_t>::max)())
            text += " and at most " + std::to_string(rule.most);
        return text;
    }

    // The `index`th of the places that `path` stands for; without `[]` in it, an element of the
    // list `path`.
    static std::string element(std::string_view path, std::size_t index) {
        const std::size_t brackets = path.find("[]");
        std::string text{path.substr(0, brackets)};
        append_element(text, index);
        if (brackets != std::string_view::npos) text += path.substr(brackets + 2);
        return text;
    }

    static std::string member(std::string_view path, std::string_view name) {
        std::string text{path};
        append_member(text, name);
        return text;
    }

    Violations& violations_;
};

} // namespace detail

CELLOS_DECL void collect_violations(const ExecutionCellDocument& document, Violations& violations) {
    detail::DocumentCheck{violations}.document(document);
}

CELLOS_DECL Result<void> validate(const ExecutionCellDocument& document) {
    Violations violations;
    collect_violations(document, violations);
    if (!violations.empty()) return failure(violations.error());
    return {};
}

CELLOS_DECL Result<void> validate_for(
    const ArgvBounds& bounds, const ExecutionCellDocument& document
) {
    Violations violations;
    collect_violations(document, violations);
    if (const auto& run = document.spec.run)
        detail::DocumentCheck{violations}.argv_within(bounds, run->argv);
    if (!violations.empty()) return failure(violations.error());
    return {};
}

} // namespace cellos::inline CELLOS_ABI
