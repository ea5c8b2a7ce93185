#pragma once

#include <cellos/core/network_syntax.hpp>
#include <cellos/core/text_syntax.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

/// @file
/// Which values are allowed where in a document: the tables behind both `validate` and the JSON
/// Schema. Paths name places: `[]` is any element of a list, `{name}` the name of any member of a
/// map. Rules that involve several places are not here but in <cellos/core/validate.hpp>.

namespace cellos::inline CELLOS_ABI::rules {

/// An integer and its inclusive bounds.
struct Integer {
    std::string_view path;
    std::int64_t least;
    std::int64_t most = (std::numeric_limits<std::int64_t>::max)();
};

/// A text. `must` completes a message that begins with "must "; `pattern` is equivalent to
/// `accepts` (an ECMA 262 pattern for the schema; empty if no pattern could be), except that both
/// it and `longest` (0: no bound) count characters where `accepts` counts bytes.
struct Text {
    std::string_view path;
    bool (*accepts)(std::string_view) noexcept;
    std::string_view must;
    std::string_view pattern;
    std::size_t longest = 0;
};

/// A list with bounds on the number of its elements, or without duplicates (`unique`).
struct List {
    std::string_view path;
    std::size_t least;
    bool unique;
    std::size_t most = (std::numeric_limits<std::size_t>::max)();
};

/// Ten years. Anything longer is a mistake, and a deadline that far away still fits into
/// nanoseconds.
inline constexpr std::int64_t longest_seconds = std::int64_t{10} * 365 * 24 * 60 * 60;

/// What holds for the paths of a document, in the words of `is_bounded_path`.
inline constexpr std::string_view path_must =
    "be an absolute path without \"..\", of at most 4095 bytes and 64 components, none longer than "
    "255 bytes";
inline constexpr std::string_view path_pattern =
    R"(^(?!(/+[^/\u0000]+){65})/(?!([^\u0000]*/)?\.\.(/|$))(?![^\u0000]*[^/\u0000]{256})[^\u0000]*$)";

inline constexpr std::array integers{
    Integer{"spec.run.timeoutMs", 1, longest_seconds * 1000},
    Integer{"spec.run.limits.memoryMaxBytes", std::int64_t{4} << 20},
    Integer{"spec.run.limits.cpuMax.quotaMicros", 1},
    Integer{"spec.run.limits.cpuMax.periodMicros", 1},
    Integer{"spec.run.limits.gracefulShutdownSeconds", 0, longest_seconds},
    Integer{"spec.run.limits.maxProcesses", 1},
    Integer{"spec.run.limits.maxOpenFiles", 1},
    Integer{"spec.run.limits.maxFileBytes", 1},
    Integer{"spec.run.limits.scratchBytes", 1},
    Integer{"spec.run.limits.maxOutputBytes", 1},
    Integer{"spec.run.limits.cpuTimeMs", 1, longest_seconds * 1000},
    Integer{"spec.run.limits.stackBytes", std::int64_t{64} << 10, std::int64_t{1} << 30},
    Integer{"spec.authority.egressRules[].port", 1, 65535},
    Integer{"spec.lifetime.ttlSeconds", 1, longest_seconds},
};

/// The rule of every text that is not in `texts`.
inline constexpr Text any_text{"", is_text, "be UTF-8 without NUL", R"(^[^\u0000]*$)"};

inline constexpr std::array texts{
    Text{
        "apiVersion",
        [](std::string_view text) noexcept { return text == "cellos.io/v1"; },
        "be \"cellos.io/v1\"",
        R"(^cellos\.io/v1$)"},
    Text{
        "kind",
        [](std::string_view text) noexcept { return text == "ExecutionCell"; },
        "be \"ExecutionCell\"",
        "^ExecutionCell$"},
    Text{
        "spec.id",
        is_cell_id,
        "be at most 128 letters, digits, '.', '_' and '-', begin with a letter or digit and not "
        "hold \"..\"",
        R"(^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$)"},
    Text{"spec.run.workingDirectory", is_bounded_path, path_must, path_pattern, longest_path},
    Text{
        "spec.environment.variables{name}",
        is_variable_name,
        "have a non-empty name without '=' and NUL",
        R"(^[^=\u0000]+$)"},
    Text{
        "spec.authority.secretRefs[]",
        is_shell_name,
        "be usable as a variable's name: at most 128 letters, digits and '_', not beginning with a "
        "digit",
        "^[A-Za-z_][A-Za-z0-9_]{0,127}$"},
    Text{
        "spec.authority.egressRules[].host",
        is_egress_host,
        "be a host name, an IPv4 or IPv6 address, or a CIDR block",
        ""},
    Text{
        "spec.export.artifacts[].name",
        is_portable_name,
        "be a file name of at most 255 letters, digits, '.', '_' and '-'",
        R"(^(?!\.{1,2}$)[A-Za-z0-9._-]{1,255}$)"},
    Text{"spec.export.artifacts[].path", is_bounded_path, path_must, path_pattern, longest_path},
    Text{
        "spec.policy.packId",
        is_nonempty_text,
        "be non-empty UTF-8 without NUL",
        R"(^[^\u0000]+$)"},
    Text{
        "spec.policy.packVersion",
        is_nonempty_text,
        "be non-empty UTF-8 without NUL",
        R"(^[^\u0000]+$)"},
    Text{
        "spec.identity.audience",
        is_nonempty_text,
        "be non-empty UTF-8 without NUL",
        R"(^[^\u0000]+$)"},
};

inline constexpr std::array lists{
    List{"spec.run.argv", 1, false},
    List{"spec.authority.secretRefs", 0, true},
    List{"spec.export.artifacts", 0, false, 64},
};

/// The rule in `table` for the place `path`, or null.
template <class Rule, std::size_t Size>
[[nodiscard]] constexpr const Rule* find(
    const std::array<Rule, Size>& table, std::string_view path
) noexcept {
    for (const Rule& rule : table)
        if (rule.path == path) return &rule;
    return nullptr;
}

namespace detail {

template <class Rule, std::size_t Size>
[[nodiscard]] consteval const Rule& at(const std::array<Rule, Size>& table, std::string_view path) {
    for (const Rule& rule : table)
        if (rule.path == path) return rule;
    throw "no rule for this path";
}

} // namespace detail

/// The rule for a place; a path without a rule does not compile.
[[nodiscard]] consteval const Integer& integer(std::string_view path) {
    return detail::at(integers, path);
}

[[nodiscard]] consteval const Text& text(std::string_view path) {
    return detail::at(texts, path);
}

[[nodiscard]] consteval const List& list(std::string_view path) {
    return detail::at(lists, path);
}

} // namespace cellos::inline CELLOS_ABI::rules
