#pragma once

#include <cellos/core/command.hpp>
#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>

namespace cellos::inline CELLOS_ABI::detail {

/// The cell's document as if the command were its own: what rules, policies and backends say of
/// that document holds for the command. Errors, with one line for each thing: InvalidSpec, it asks
/// for more than the document grants; Unsupported, it asks for a limit that only the whole cell can
/// have.
[[nodiscard]] CELLOS_DECL Result<ExecutionCellDocument> document_for(
    const ExecutionCellDocument& cell, const Command& command
);

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/session_command.ipp>
#endif
