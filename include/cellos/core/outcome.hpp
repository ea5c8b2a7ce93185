#pragma once

#include <cellos/core/enum_names.hpp>

#include <array>
#include <cstdint>

/// @file
/// The words in which both reports and events say how a cell went.

namespace cellos::inline CELLOS_ABI {

/// How the whole cell went, tear-down and exports included.
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

/// How the cell ended: by itself, or because it was made to.
enum class TerminalState : std::uint8_t { Clean, Forced };

template <>
inline constexpr auto enum_names<TerminalState> = std::to_array<EnumName<TerminalState>>({
    {TerminalState::Clean, "clean"},
    {TerminalState::Forced, "forced"},
});
static_assert(detail::has_names_for_all<TerminalState>());

} // namespace cellos::inline CELLOS_ABI
