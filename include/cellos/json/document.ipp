#pragma once

#include <cellos/core/validate.hpp>
#include <cellos/core/violations.hpp>
#include <cellos/json/describe_document.hpp>
#include <cellos/json/document.hpp>
#include <cellos/json/parse_tree.hpp>
#include <cellos/json/read.hpp>
#include <cellos/json/write.hpp>

#include <optional>
#include <utility>

namespace cellos::inline CELLOS_ABI {

namespace json::detail {

// Fields of CellOS that would extend what a cell may do: the error must not look like one for a
// misspelt field.
inline void refuse_unsupported(ParsedTree& tree, Violations& violations) {
    if (!tree.is_object()) return;
    const auto spec = tree.find("spec");
    if (spec == tree.end() || !spec->is_object()) return;
    for (const char* name : {"ingress", "telemetry"})
        if (spec->erase(name) > 0) violations.add(std::string{"spec."} + name, "is not supported");
}

} // namespace json::detail

CELLOS_DECL Result<ExecutionCellDocument> parse_document(std::string_view text) {
    Violations violations;
    ExecutionCellDocument document;
    std::optional<json::ParsedTree> tree = json::parse_tree(text, violations);
    if (tree && !tree->is_object()) {
        violations.add_sentence("the document", "must be an object");
    } else if (tree) {
        json::detail::refuse_unsupported(*tree, violations);
        json::read(std::move(*tree), document, json::Place{}, violations);
        if (!violations.full()) collect_violations(document, violations);
    }
    if (!violations.empty()) return failure(violations.error());
    return document;
}

CELLOS_DECL std::string to_json(const ExecutionCellDocument& document) {
    return json::write(document);
}

} // namespace cellos::inline CELLOS_ABI
