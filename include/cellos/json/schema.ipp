#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/rules.hpp>
#include <cellos/json/describe_document.hpp>
#include <cellos/json/schema.hpp>
#include <cellos/json/write.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI {

namespace json::detail {

// Which JSON a member of type T at the place `path` takes.
template <class T>
struct SchemaOf;

// Not by an initializer list of pairs: compilers take their time for those of nlohmann's trees.
inline Tree schema_of_type(std::string name) {
    Tree schema;
    schema["type"] = std::move(name);
    return schema;
}

inline Tree text_schema(const rules::Text& rule) {
    Tree schema = schema_of_type("string");
    if (!rule.pattern.empty()) schema["pattern"] = rule.pattern;
    if (rule.longest > 0) schema["maxLength"] = rule.longest;
    schema["description"] = "Must " + std::string{rule.must} + ".";
    return schema;
}

template <>
struct SchemaOf<std::string> {
    static Tree at(const std::string& path) {
        const rules::Text* rule = rules::find(rules::texts, path);
        return text_schema(rule != nullptr ? *rule : rules::any_text);
    }
};

template <>
struct SchemaOf<std::int64_t> {
    static Tree at(const std::string& path) {
        Tree schema = schema_of_type("integer");
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
        Tree schema;
        schema["enum"] = std::move(names);
        return schema;
    }
};

template <class T>
struct SchemaOf<std::optional<T>> : SchemaOf<T> {};

template <class T>
struct SchemaOf<std::vector<T>> {
    static Tree at(const std::string& path) {
        Tree schema = schema_of_type("array");
        schema["items"] = SchemaOf<T>::at(path + "[]");
        if (const rules::List* rule = rules::find(rules::lists, path)) {
            if (rule->least > 0) schema["minItems"] = rule->least;
            if (rule->most != (std::numeric_limits<std::size_t>::max)())
                schema["maxItems"] = rule->most;
            if (rule->unique) schema["uniqueItems"] = true;
        }
        return schema;
    }
};

template <class T>
struct SchemaOf<std::map<std::string, T>> {
    static Tree at(const std::string& path) {
        Tree schema = schema_of_type("object");
        schema["propertyNames"] = SchemaOf<std::string>::at(path + "{name}");
        schema["additionalProperties"] = SchemaOf<T>::at(path + "{}");
        return schema;
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
        Tree schema = schema_of_type("object");
        schema["additionalProperties"] = false;
        schema["properties"] = std::move(properties);
        if (!required.empty()) schema["required"] = std::move(required);
        return schema;
    }
};

} // namespace json::detail

CELLOS_DECL std::string document_json_schema() {
    json::Tree schema;
    schema["$schema"] = std::string{"http://json-schema.org/draft-07/schema#"};
    schema["title"] = std::string{"Execution cell document"};
    schema["description"] =
        std::string{"What may run in an execution cell, and with which authority."};
    schema.update(json::detail::SchemaOf<ExecutionCellDocument>::at(""));
    return json::write(schema, 2);
}

} // namespace cellos::inline CELLOS_ABI
