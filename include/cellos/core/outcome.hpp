#pragma once

#include <cellos/core/enum_names.hpp>

#include <array>
#include <cstdint>

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

/// Where the workload ran.
enum class ExecutedOn : std::uint8_t { Nowhere, Cell, Host };

template <>
inline constexpr auto enum_names<ExecutedOn> = std::to_array<EnumName<ExecutedOn>>({
    {ExecutedOn::Nowhere, "nowhere"},
    {ExecutedOn::Cell, "cell"},
    {ExecutedOn::Host, "host"},
});
static_assert(detail::has_names_for_all<ExecutedOn>());

/// Whether the cell ended by itself (Clean) or was forced to end.
enum class TerminalState : std::uint8_t { Clean, Forced };

template <>
inline constexpr auto enum_names<TerminalState> = std::to_array<EnumName<TerminalState>>({
    {TerminalState::Clean, "clean"},
    {TerminalState::Forced, "forced"},
});
static_assert(detail::has_names_for_all<TerminalState>());

} // namespace cellos::inline CELLOS_ABI
