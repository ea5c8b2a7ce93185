/// @file
/// The execution cell document from and to JSON.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/validate.hpp>
#include <cellos/core/violations.hpp>
#include <cellos/json/describe_document.hpp>
#include <cellos/json/parse_tree.hpp>
#include <cellos/json/read.hpp>
#include <cellos/json/write.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cellos::inline CELLOS_ABI {

namespace json::detail {

// Fields of CellOS that would widen what a cell may do: whoever writes one must not believe that it
// is a spelling mistake.
template <class = IfUsed>
void refuse_unsupported(ParsedTree& tree, Violations& violations) {
    if (!tree.is_object()) return;
    const auto spec = tree.find("spec");
    if (spec == tree.end() || !spec->is_object()) return;
    for (const char* name : {"ingress", "telemetry"})
        if (spec->erase(name) > 0) violations.add(std::string{"spec."} + name, "is not supported");
}

template <class Document = ExecutionCellDocument>
[[nodiscard]] Result<Document> document_of(std::string_view text) {
    Violations violations;
    Document document;
    std::optional<ParsedTree> tree = parse_tree(text, violations);
    if (tree && !tree->is_object()) {
        violations.add_sentence("the document", "must be an object");
    } else if (tree) {
        refuse_unsupported(*tree, violations);
        read(std::move(*tree), document, Place{}, violations);
        if (!violations.full()) collect_violations(document, violations);
    }
    if (!violations.empty()) return failure(violations.error());
    return document;
}

} // namespace json::detail

/// Reads a document and checks every rule that `validate` checks. The error names all violations
/// that could be found, one per line with its JSON path, and holds no value of the document; of
/// text that is not JSON it gives the line and column only.
[[nodiscard]] inline Result<ExecutionCellDocument> parse_document(std::string_view text);

/// The document as JSON on one line; `parse_document` makes an equal one of it, if it is valid.
[[nodiscard]] inline std::string to_json(const ExecutionCellDocument& document);

template <class Lazy>
struct DocumentJsonDefinitions {
    friend Result<ExecutionCellDocument> parse_document(std::string_view text) {
        return json::detail::document_of(text);
    }
    friend std::string to_json(const ExecutionCellDocument& document) {
        return json::write<ExecutionCellDocument>(document);
    }
};
static_assert(defined_if_used<DocumentJsonDefinitions>);

} // namespace cellos::inline CELLOS_ABI
