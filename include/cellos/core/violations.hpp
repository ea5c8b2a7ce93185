#pragma once

#include <cellos/core/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// Collects all violations in a document before they are reported, and builds the paths that name
/// their places: `spec.run.argv[2]`, `spec.environment.variables["a b"]`.

namespace cellos::inline CELLOS_ABI {

/// Extends `path` by the member `name`. A name that is not a plain identifier is quoted, escaped
/// and cut to a length that cannot flood a log, since the document's author is not trusted.
CELLOS_DECL void append_member(std::string& path, std::string_view name);

/// Extends `path` by an element of a list.
CELLOS_DECL void append_element(std::string& path, std::size_t index);

/// Collects violations in the order found, one per place: after one for a place, others for that
/// place or anything inside it are ignored. Not thread-safe.
class Violations {
public:
    /// How many are kept; the others are only counted.
    static constexpr std::size_t most_kept = 64;

    /// Adds the line "`path`: `text`".
    CELLOS_DECL void add(
        std::string path,
        std::string_view text,
        CellosError::Kind kind = CellosError::Kind::InvalidSpec
    );

    /// Adds the line "`path` `predicate`".
    CELLOS_DECL void add_sentence(std::string path, std::string_view predicate);

    [[nodiscard]] bool empty() const noexcept { return kept_.empty(); }
    [[nodiscard]] bool full() const noexcept { return kept_.size() == most_kept; }

    /// The error: one line per violation. A single violation determines the kind; several are
    /// InvalidSpec.
    [[nodiscard]] CELLOS_DECL CellosError error() const;

private:
    struct Violation {
        std::string line;
        std::size_t path_size; // the line begins with the path
        CellosError::Kind kind;

        [[nodiscard]] bool covers(std::string_view path) const noexcept;
    };

    void add_line(
        std::string path, std::string_view separator, std::string_view text, CellosError::Kind kind
    );

    std::vector<Violation> kept_;
    std::size_t not_kept_ = 0;
};

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/violations.ipp>
#endif
