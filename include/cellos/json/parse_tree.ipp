#pragma once

#include <cellos/json/parse_tree.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI::json {

namespace detail {

// Builds the tree from nlohmann's SAX events: its own builder lets the last of equal keys win in
// silence.
class TreeBuilder {
public:
    explicit TreeBuilder(Violations& violations) noexcept : violations_{violations} {}

    [[nodiscard]] ParsedTree take_tree() noexcept { return std::move(root_); }
    [[nodiscard]] std::optional<std::size_t> error_offset() const noexcept { return error_offset_; }

    // The interface that nlohmann::json::sax_parse asks for; false would end the parse.
    bool null() { return scalar(nullptr); }
    bool boolean(bool value) { return scalar(value); }
    bool number_integer(std::int64_t value) { return scalar(value); }
    bool number_unsigned(std::uint64_t value) { return scalar(value); }
    bool string(std::string& value) { return scalar(std::move(value)); }
    bool binary(ParsedTree::binary_t&) { return false; } // not in JSON text

    bool number_float(double value, const std::string& literal) {
        // An integer of more than 64 bits comes as a float; it must not be taken for a fraction.
        const bool is_integer = literal.find_first_not_of("-0123456789") == std::string::npos;
        return is_integer ? scalar((std::numeric_limits<std::uint64_t>::max)()) : scalar(value);
    }

    bool start_object(std::size_t) { return start(ParsedTree::value_t::object); }
    bool start_array(std::size_t) { return start(ParsedTree::value_t::array); }
    bool end_object() { return end(); }
    bool end_array() { return end(); }

    bool key(std::string& name) {
        if (levels_skipped_ > 0) return true;
        Level& level = levels_.back();
        const auto [member, is_new] = level.object->try_emplace(std::move(name));
        level.member = member;
        if (!is_new) violations_.add(path(), "duplicate key");
        return true;
    }

    bool parse_error(std::size_t bytes_read, const std::string&, const ParsedTree::exception&) {
        error_offset_ = bytes_read > 0 ? bytes_read - 1 : 0;
        return false;
    }

private:
    using Object = ParsedTree::object_t;
    using Array = ParsedTree::array_t;

    // An object or array that is still open; one of the pointers is null.
    struct Level {
        Object* object;
        Array* array;
        Object::iterator member{}; // where in the object the next value goes
    };

    template <class Value>
    bool scalar(Value&& value) {
        if (levels_skipped_ == 0) next_place() = std::forward<Value>(value);
        return true;
    }

    bool start(ParsedTree::value_t kind) {
        if (levels_skipped_ > 0) {
            ++levels_skipped_;
            return true;
        }
        ParsedTree& place = next_place();
        if (levels_.size() == most_levels) {
            violations_.add(
                path(), "nested deeper than " + std::to_string(most_levels) + " levels"
            );
            levels_skipped_ = 1;
            return true;
        }
        place = kind;
        levels_.push_back({place.get_ptr<Object*>(), place.get_ptr<Array*>()});
        return true;
    }

    bool end() {
        if (levels_skipped_ > 0) {
            --levels_skipped_;
        } else {
            levels_.pop_back();
        }
        return true;
    }

    ParsedTree& next_place() {
        if (levels_.empty()) return root_;
        Level& level = levels_.back();
        return level.array != nullptr ? level.array->emplace_back() : level.member->second;
    }

    // Of the value that was placed last.
    [[nodiscard]] std::string path() const {
        std::string text;
        for (const Level& level : levels_) {
            if (level.array != nullptr) {
                append_element(text, level.array->size() - 1);
            } else {
                append_member(text, level.member->first);
            }
        }
        return text;
    }

    Violations& violations_;
    ParsedTree root_;
    std::vector<Level> levels_;
    std::size_t levels_skipped_ = 0;
    std::optional<std::size_t> error_offset_;
};

// For people: lines and characters from 1, a byte order mark not counted.
inline std::string line_and_column(std::string_view text, std::size_t offset) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    std::string_view before = text.substr(0, offset);
    if (before.starts_with(byte_order_mark)) before.remove_prefix(byte_order_mark.size());
    const auto newlines = std::count(before.begin(), before.end(), '\n');
    if (newlines > 0) before.remove_prefix(before.rfind('\n') + 1);
    const auto characters = std::count_if(before.begin(), before.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    });
    return "line " + std::to_string(newlines + 1) + ", column " + std::to_string(characters + 1);
}

} // namespace detail

CELLOS_DECL std::optional<ParsedTree> parse_tree(
    std::string_view text, Violations& violations, std::size_t limit, std::string_view noun
) {
    if (text.size() > limit) {
        violations.add_sentence(
            std::string{noun}, "must not be larger than " + std::to_string(limit) + " bytes"
        );
        return std::nullopt;
    }
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        violations.add_sentence(std::string{noun}, "is empty");
        return std::nullopt;
    }
    detail::TreeBuilder builder{violations};
    ParsedTree::sax_parse(text.begin(), text.end(), &builder);
    std::optional<std::size_t> error_offset = builder.error_offset();
    // nlohmann takes a NUL for the end of the text and would not look at what follows.
    if (!error_offset && text.find('\0') != std::string_view::npos) error_offset = text.find('\0');
    if (error_offset) {
        violations.add(detail::line_and_column(text, *error_offset), "malformed JSON");
        return std::nullopt;
    }
    return builder.take_tree();
}

} // namespace cellos::inline CELLOS_ABI::json
