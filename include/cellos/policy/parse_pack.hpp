/// @file
/// Reads and writes policy packs as JSON. Thread-safe.
#pragma once

#include <cellos/core/result.hpp>
#include <cellos/policy/pack.hpp>

#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Reads a pack from JSON: `{"id": …, "version": …, "rules": {…}}`, the rules in camelCase. The
/// error (InvalidSpec) names everything that is wrong, one per line with its JSON path: unknown
/// fields, wrong types, entries that could never match.
[[nodiscard]] CELLOS_DECL Result<PolicyPack> parse_policy_pack(std::string_view text);

/// The pack as JSON on one line; `parse_policy_pack` turns it back into an equal one, if it is
/// valid.
[[nodiscard]] CELLOS_DECL std::string to_json(const PolicyPack& pack);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/policy/parse_pack.ipp>
#endif
