/// @file
/// The JSON Schema of the document, made from the same description that reads it and the same rules
/// that check it (<cellos/core/rules.hpp>).
#pragma once

#include <cellos/core/config.hpp>

#include <string>

namespace cellos::inline CELLOS_ABI {

/// A JSON Schema (draft 7) of the document, for editors and for programs in other languages. It
/// accepts everything that `parse_document` accepts. It lacks only the rules that involve several
/// places or have no pattern: unique artifact names, a secret that is also a variable, the size of
/// `argv`, the syntax of hosts.
[[nodiscard]] CELLOS_DECL std::string document_json_schema();

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/json/schema.ipp>
#endif
