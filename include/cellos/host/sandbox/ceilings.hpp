#pragma once

#include <cellos/core/document.hpp>
#include <cellos/host/sandbox/config.hpp>

#include <string>
#include <vector>

/// @file
/// How the operator's ceilings meet a document. Pure and portable.

namespace cellos::inline CELLOS_ABI::sandbox {

/// Why there is no cell for this document below the ceilings: one line for each limit that is
/// higher, and for each ceiling that no document could have as a limit. Nothing is lowered in
/// silence: a workload that needs what its document asks for would fail later, and nobody would
/// know why.
[[nodiscard]] CELLOS_DECL std::vector<std::string> above_ceilings(
    const ExecutionCellSpec& spec, const Ceilings& ceilings
);

/// The limits of a cell: `limits`, which are its document's, and where they say nothing and there
/// is a ceiling, that or the backend's default, whichever is lower.
[[nodiscard]] CELLOS_DECL Limits
limits_below(const Ceilings& ceilings, Limits limits, const Limits& defaults);

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/ceilings.ipp>
#endif
