#pragma once

#include <cellos/core/document.hpp>

#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// A document that runs `argv` in a cell called `id`, for an hour at most, with no network, no
/// secrets and no limits but the operator's. It is valid as it is, as far as `id` and `argv` are;
/// change what you like:
///
///     auto document = cellos::command_document("build-42", {"make", "-j8"});
///     document.spec.run->working_directory = "/work";
///     document.spec.lifetime.ttl_seconds = 600;
[[nodiscard]] CELLOS_DECL ExecutionCellDocument
command_document(std::string id, std::vector<std::string> argv);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/command_document.ipp>
#endif
