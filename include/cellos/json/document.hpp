/// @file
/// Reads and writes the execution cell document as JSON. Thread-safe.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>

#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Reads a document and checks every rule that `validate` checks. The error (InvalidSpec or
/// ArgvTooLarge) names all violations that could be found, one per line with its JSON path, and
/// contains no value of the document; for text that is not JSON it has only the line and column.
[[nodiscard]] CELLOS_DECL Result<ExecutionCellDocument> parse_document(std::string_view text);

/// The document as JSON on one line; `parse_document` turns it back into an equal document, if it
/// is valid.
[[nodiscard]] CELLOS_DECL std::string to_json(const ExecutionCellDocument& document);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/json/document.ipp>
#endif
