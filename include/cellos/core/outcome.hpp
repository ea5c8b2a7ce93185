#pragma once

#include <cellos/core/enum_names.hpp>

#include <array>
#include <cstdint>
#include <string_view>

/// @file
/// The enumerations with which both reports and events say how a cell ended.

namespace cellos::inline CELLOS_ABI {

/// The result of the whole cell, including tear-down and exports.
enum class Outcome : std::uint8_t { Succeeded, Failed };

template <>
inline constexpr auto enum_names<Outcome> = std::to_array<EnumName<Outcome>>({
    {Outcome::Succeeded, "succeeded"},
    {Outcome::Failed, "failed"},
});
static_assert(detail::has_names_for_all<Outcome>());

/// The name in reports and events: `succeeded`, `failed`.
[[nodiscard]] constexpr std::string_view to_string(Outcome outcome) noexcept {
    return detail::name_of(outcome, "unknown");
}

/// Where the workload ran.
enum class ExecutedOn : std::uint8_t { Nowhere, Cell, Host };

template <>
inline constexpr auto enum_names<ExecutedOn> = std::to_array<EnumName<ExecutedOn>>({
    {ExecutedOn::Nowhere, "nowhere"},
    {ExecutedOn::Cell, "cell"},
    {ExecutedOn::Host, "host"},
});
static_assert(detail::has_names_for_all<ExecutedOn>());

/// The name in reports and events: `nowhere`, `cell`, `host`.
[[nodiscard]] constexpr std::string_view to_string(ExecutedOn where) noexcept {
    return detail::name_of(where, "unknown");
}

/// Whether the cell ended by itself (Clean) or was forced to end.
enum class TerminalState : std::uint8_t { Clean, Forced };

template <>
inline constexpr auto enum_names<TerminalState> = std::to_array<EnumName<TerminalState>>({
    {TerminalState::Clean, "clean"},
    {TerminalState::Forced, "forced"},
});
static_assert(detail::has_names_for_all<TerminalState>());

/// The name in events: `clean`, `forced`.
[[nodiscard]] constexpr std::string_view to_string(TerminalState state) noexcept {
    return detail::name_of(state, "unknown");
}

} // namespace cellos::inline CELLOS_ABI
