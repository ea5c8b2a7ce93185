#pragma once

#include <cellos/core/config.hpp>

#include <cstdint>

/// @file
/// The words in which both reports and events say how a cell went.

namespace cellos::inline CELLOS_ABI {

/// How the whole cell went, tear-down and exports included.
enum class Outcome : std::uint8_t { Succeeded, Failed };

/// Where the workload ran.
enum class ExecutedOn : std::uint8_t { Nowhere, Cell, Host };

/// How the cell ended: by itself, or because it was made to.
enum class TerminalState : std::uint8_t { Clean, Forced };

} // namespace cellos::inline CELLOS_ABI
