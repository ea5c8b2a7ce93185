#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/error.hpp>
#include <cellos/core/policy_decision.hpp>
#include <cellos/core/result.hpp>
#include <cellos/supervisor/ports.hpp>

/// @file
/// What a supervisor makes of an admission policy's word. Nothing is admitted unless a pack says
/// so, and the one that the document names, if it names one.

namespace cellos::inline CELLOS_ABI::detail {

/// The decision that holds for this document after the policy `port` has made its own. A decision
/// that could not be made, names no pack or comes from another pack than the document names has at
/// least one violation.
[[nodiscard]] CELLOS_DECL PolicyDecision
decision_on(const ExecutionCellSpec& spec, Result<PolicyDecision> made, const PortLabel& port);

/// A document names a pack, and the supervisor has no policy.
[[nodiscard]] CELLOS_DECL PolicyDecision decision_without_policy(const PolicyReference& named);

/// The error (PolicyRefused) for a decision with violations: all of them, one per line.
[[nodiscard]] CELLOS_DECL CellosError refusal(const PolicyDecision& decision);

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/policy.ipp>
#endif
