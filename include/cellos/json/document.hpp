/// @file
/// The execution cell document from and to JSON.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>

#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Reads a document and checks every rule that `validate` checks. The error names all violations
/// that could be found, one per line with its JSON path, and holds no value of the document; of
/// text that is not JSON it gives the line and column only.
[[nodiscard]] CELLOS_DECL Result<ExecutionCellDocument> parse_document(std::string_view text);

/// The document as JSON on one line; `parse_document` makes an equal one of it, if it is valid.
[[nodiscard]] CELLOS_DECL std::string to_json(const ExecutionCellDocument& document);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/json/document.ipp>
#endif
