/// @file
/// The JSON Schema of the document, made of the same description that reads it and the same rules
/// that check it (<cellos/core/rules.hpp>).
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/rules.hpp>
#include <cellos/json/describe_document.hpp>
#include <cellos/json/write.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI {

namespace json::detail {

// Which JSON a member of type T at the place `path` takes.
template <class T>
struct SchemaOf;

template <class Tree = json::Tree>
Tree text_schema(const rules::Text& rule) {
    Tree schema{{"type", "string"}};
    if (!rule.pattern.empty()) schema["pattern"] = rule.pattern;
    schema["description"] = "Must " + std::string{rule.must} + ".";
    return schema;
}

template <>
struct SchemaOf<std::string> {
    template <class = IfUsed>
    static Tree at(const std::string& path) {
        const rules::Text* rule = rules::find(rules::texts, path);
        return text_schema(rule != nullptr ? *rule : rules::any_text);
    }
};

template <>
struct SchemaOf<std::int64_t> {
    template <class = IfUsed>
    static Tree at(const std::string& path) {
        Tree schema{{"type", "integer"}};
        if (const rules::Integer* rule = rules::find(rules::integers, path)) {
            schema["minimum"] = rule->least;
            schema["maximum"] = rule->most;
        }
        return schema;
    }
};

template <NamedEnum E>
struct SchemaOf<E> {
    static Tree at(const std::string&) {
        Tree names = Tree::array();
        for (const auto& entry : enum_names<E>) names.push_back(entry.name);
        return {{"enum", std::move(names)}};
    }
};

template <class T>
struct SchemaOf<std::optional<T>> : SchemaOf<T> {};

template <class T>
struct SchemaOf<std::vector<T>> {
    static Tree at(const std::string& path) {
        Tree schema{{"type", "array"}, {"items", SchemaOf<T>::at(path + "[]")}};
        if (const rules::List* rule = rules::find(rules::lists, path)) {
            if (rule->least > 0) schema["minItems"] = rule->least;
            if (rule->unique) schema["uniqueItems"] = true;
        }
        return schema;
    }
};

template <class T>
struct SchemaOf<std::map<std::string, T>> {
    static Tree at(const std::string& path) {
        Tree names = SchemaOf<std::string>::at(path + "{name}");
        return {
            {"type", "object"},
            {"propertyNames", std::move(names)},
            {"additionalProperties", SchemaOf<T>::at(path + "{}")}};
    }
};

template <Described T>
struct SchemaOf<T> {
    static Tree at(const std::string& path) {
        Tree properties = Tree::object();
        Tree required = Tree::array();
        for_each_member<T>([&](std::string_view name, auto member) {
            using Member = std::remove_cvref_t<decltype(member(std::declval<const T&>()))>;
            const std::string place =
                path.empty() ? std::string{name} : path + '.' + std::string{name};
            properties[std::string{name}] = SchemaOf<Member>::at(place);
            const rules::List* rule = rules::find(rules::lists, place);
            if (!may_be_absent<Member> || (rule != nullptr && rule->least > 0))
                required.push_back(name);
        });
        Tree schema{
            {"type", "object"},
            {"additionalProperties", false},
            {"properties", std::move(properties)}};
        if (!required.empty()) schema["required"] = std::move(required);
        return schema;
    }
};

template <class Tree = json::Tree>
[[nodiscard]] std::string document_schema() {
    Tree schema{
        {"$schema", "http://json-schema.org/draft-07/schema#"},
        {"title", "Execution cell document"},
        {"description", "What may run in an execution cell, and with which authority."},
    };
    schema.update(SchemaOf<ExecutionCellDocument>::at(""));
    return write(schema, 2);
}

} // namespace json::detail

/// A JSON Schema (draft 7) of the document, for editors and for programs in other languages. It
/// accepts all that `parse_document` accepts; beyond it stay only the rules that tie places
/// together or have no pattern: unique artifact names, a secret that is also a variable, the size
/// of `argv`, the syntax of hosts.
[[nodiscard]] inline std::string document_json_schema();

template <class Lazy>
struct SchemaDefinitions {
    friend std::string document_json_schema() { return json::detail::document_schema(); }
};
static_assert(defined_if_used<SchemaDefinitions>);

} // namespace cellos::inline CELLOS_ABI
