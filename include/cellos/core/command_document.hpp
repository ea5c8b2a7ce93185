#pragma once

#include <cellos/core/document.hpp>

#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// A document that runs `argv` in a cell with the id `id`, for at most an hour, without network and
/// secrets, and without limits other than the operator's. It is valid if `id` and `argv` are.
/// Change it as you like:
///
///     auto document = cellos::command_document("build-42", {"make", "-j8"});
///     document.spec.run->working_directory = "/work";
///     document.spec.lifetime.ttl_seconds = 600;
[[nodiscard]] CELLOS_DECL ExecutionCellDocument
command_document(std::string id, std::vector<std::string> argv);

/// The same without a command: a document for Supervisor::open, whose commands come later.
[[nodiscard]] CELLOS_DECL ExecutionCellDocument session_document(std::string id);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/command_document.ipp>
#endif
