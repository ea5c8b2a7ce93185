#pragma once

#include <cellos/core/argv_bounds.hpp>
#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/violations.hpp>

namespace cellos::inline CELLOS_ABI {

/// Adds the violations in `document` to those already found.
CELLOS_DECL void collect_violations(const ExecutionCellDocument& document, Violations& violations);

/// Checks all rules of the document that hold for every backend. The error names all violations,
/// one per line, each with its JSON path. Its kind is InvalidSpec. Thread-safe.
[[nodiscard]] CELLOS_DECL Result<void> validate(const ExecutionCellDocument& document);

/// The same, and the bounds on argv of the backend that is to run it. The kind is ArgvTooLarge if
/// these are all that is violated.
[[nodiscard]] CELLOS_DECL Result<void> validate_for(
    const ArgvBounds& bounds, const ExecutionCellDocument& document
);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/validate.ipp>
#endif
