#pragma once

#include <cellos/core/error.hpp>
#include <cellos/core/text_syntax.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// @file
/// Everything that is wrong with a document, gathered before anything is said, and the paths by
/// which it is said: `spec.run.argv[2]`, `spec.environment.variables["a b"]`.

namespace cellos::inline v0 {

/// Extends `path` by the member `name`. A name that is no plain identifier is quoted, escaped and
/// cut to a length that cannot flood a log, since it is whatever the document's author wrote.
inline void append_member(std::string& path, std::string_view name) {
    constexpr std::size_t longest = 64;
    constexpr std::string_view hexadecimal = "0123456789abcdef";
    if (is_shell_name(name) && name.size() <= longest) {
        if (!path.empty()) path += '.';
        path += name;
        return;
    }
    path += "[\"";
    for (const char c : name.substr(0, longest)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte >= 0x7F) {
            path += "\\x";
            path += hexadecimal[byte >> 4];
            path += hexadecimal[byte & 15];
        } else {
            if (c == '"' || c == '\\') path += '\\';
            path += c;
        }
    }
    path += name.size() > longest ? "…\"]" : "\"]";
}

/// Extends `path` by an element of a list.
inline void append_element(std::string& path, std::size_t index) {
    path += '[';
    path += std::to_string(index);
    path += ']';
}

/// Collects violations in the order found, one per place: what is said of a place silences all that
/// could still be said of it or of anything inside it.
class Violations {
public:
    /// So many are kept; of the rest only the number.
    static constexpr std::size_t most_kept = 64;

    /// "`path`: `text`".
    void add(
        std::string path,
        std::string_view text,
        CellosError::Kind kind = CellosError::Kind::InvalidSpec
    ) {
        add_line(std::move(path), ": ", text, kind);
    }

    /// "`path` `predicate`".
    void add_sentence(std::string path, std::string_view predicate) {
        add_line(std::move(path), " ", predicate, CellosError::Kind::InvalidSpec);
    }

    [[nodiscard]] bool empty() const noexcept { return kept_.empty(); }
    [[nodiscard]] bool full() const noexcept { return kept_.size() == most_kept; }

    /// One line per violation. A single one determines the kind; several are an InvalidSpec.
    [[nodiscard]] CellosError error() const {
        CellosError error{CellosError::Kind::InvalidSpec, {}};
        if (kept_.size() == 1) error.kind = kept_.front().kind;
        for (const Violation& violation : kept_) {
            if (!error.message.empty()) error.message += '\n';
            error.message += violation.line;
        }
        if (not_kept_ > 0) error.message += "\n… and " + std::to_string(not_kept_) + " more";
        return error;
    }

private:
    struct Violation {
        std::string line;
        std::size_t path_size; // the line begins with the path
        CellosError::Kind kind;

        [[nodiscard]] bool covers(std::string_view path) const noexcept {
            // The cheap question first: a flood asks this a million times.
            const bool may_begin_with_ours =
                path.size() == path_size ||
                (path.size() > path_size && (path[path_size] == '.' || path[path_size] == '['));
            return may_begin_with_ours && line.compare(0, path_size, path, 0, path_size) == 0;
        }
    };

    void add_line(
        std::string path, std::string_view separator, std::string_view text, CellosError::Kind kind
    ) {
        const auto covers = [&path](const Violation& earlier) { return earlier.covers(path); };
        if (std::any_of(kept_.begin(), kept_.end(), covers)) return;
        if (full()) {
            ++not_kept_;
            return;
        }
        const std::size_t path_size = path.size();
        kept_.push_back({std::move(path.append(separator).append(text)), path_size, kind});
    }

    std::vector<Violation> kept_;
    std::size_t not_kept_ = 0;
};

} // namespace cellos::inline v0
