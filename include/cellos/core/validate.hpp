#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/violations.hpp>

namespace cellos::inline CELLOS_ABI {

/// Adds what is wrong with `document` to what is already known to be wrong with it.
CELLOS_DECL void collect_violations(const ExecutionCellDocument& document, Violations& violations);

/// Checks every rule of the document that holds for all backends. The error names all violations,
/// one per line, each with its JSON path; it is an InvalidSpec unless the only thing wrong is an
/// ArgvTooLarge.
[[nodiscard]] CELLOS_DECL Result<void> validate(const ExecutionCellDocument& document);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/validate.ipp>
#endif
