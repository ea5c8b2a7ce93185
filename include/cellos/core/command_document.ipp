#pragma once

#include <cellos/core/command_document.hpp>

#include <utility>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL ExecutionCellDocument command_document(std::string id, std::vector<std::string> argv) {
    ExecutionCellDocument document;
    document.spec.id = std::move(id);
    if (!argv.empty()) document.spec.run.emplace().argv = std::move(argv);
    document.spec.lifetime.ttl_seconds = 3600;
    return document;
}

} // namespace cellos::inline CELLOS_ABI
