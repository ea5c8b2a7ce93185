#pragma once

#include <cellos/core/hex.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/core/violations.hpp>

#include <algorithm>
#include <utility>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL void append_member(std::string& path, std::string_view name) {
    constexpr std::size_t longest = 64;
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
            path += hex_digits[byte >> 4];
            path += hex_digits[byte & 15];
        } else {
            if (c == '"' || c == '\\') path += '\\';
            path += c;
        }
    }
    path += name.size() > longest ? "…\"]" : "\"]";
}

CELLOS_DECL void append_element(std::string& path, std::size_t index) {
    path += '[';
    path += std::to_string(index);
    path += ']';
}

CELLOS_DECL void Violations::add(std::string path, std::string_view text, CellosError::Kind kind) {
    add_line(std::move(path), ": ", text, kind);
}

CELLOS_DECL void Violations::add_sentence(std::string path, std::string_view predicate) {
    add_line(std::move(path), " ", predicate, CellosError::Kind::InvalidSpec);
}

CELLOS_DECL CellosError Violations::error() const {
    CellosError error{CellosError::Kind::InvalidSpec, {}};
    if (kept_.size() == 1) error.kind = kept_.front().kind;
    for (const Violation& violation : kept_) {
        if (!error.message.empty()) error.message += '\n';
        error.message += violation.line;
    }
    if (not_kept_ > 0) error.message += "\n… and " + std::to_string(not_kept_) + " more";
    return error;
}

inline bool Violations::Violation::covers(std::string_view path) const noexcept {
    // The cheap question first: a flood asks this a million times.
    const bool may_begin_with_ours =
        path.size() == path_size ||
        (path.size() > path_size && (path[path_size] == '.' || path[path_size] == '['));
    return may_begin_with_ours && line.compare(0, path_size, path, 0, path_size) == 0;
}

inline void Violations::add_line(
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

} // namespace cellos::inline CELLOS_ABI
