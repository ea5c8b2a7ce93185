#pragma once

#include <cellos/core/join_lines.hpp>
#include <cellos/core/report.hpp>
#include <cellos/supervisor/policy.hpp>

#include <string>
#include <utility>

namespace cellos::inline CELLOS_ABI::detail {

CELLOS_DECL PolicyDecision
decision_on(const ExecutionCellSpec& spec, Result<PolicyDecision> made, const PortLabel& port) {
    const PolicyReference named = spec.policy.value_or(PolicyReference{});
    if (!made) return {named, {port_error(port, Phase::Admit, made.error()).message}};
    PolicyDecision decision = *std::move(made);
    if (decision.pack.pack_id.empty() || decision.pack.pack_version.empty()) {
        const CellosError error{port.kind, "its decision names no pack"};
        decision.violations.push_back(port_error(port, Phase::Admit, error).message);
        decision.pack = named;
    } else if (spec.policy && decision.pack != *spec.policy && decision.admits()) {
        decision.violations.emplace_back("spec.policy: names another pack than the one that decided"
        );
    }
    return decision;
}

CELLOS_DECL PolicyDecision decision_without_policy(const PolicyReference& named) {
    return {named, {"spec.policy: this supervisor has no admission policy, and so not this pack"}};
}

CELLOS_DECL CellosError refusal(const PolicyDecision& decision) {
    return {CellosError::Kind::PolicyRefused, join_lines(decision.violations)};
}

} // namespace cellos::inline CELLOS_ABI::detail
