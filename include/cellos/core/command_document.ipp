#pragma once

#include <cellos/core/command_document.hpp>

#include <utility>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL ExecutionCellDocument session_document(std::string id) {
    ExecutionCellDocument document;
    document.spec.id = std::move(id);
    document.spec.lifetime.ttl_seconds = 3600;
    return document;
}

CELLOS_DECL ExecutionCellDocument command_document(std::string id, std::vector<std::string> argv) {
    ExecutionCellDocument document = session_document(std::move(id));
    document.spec.run.emplace().argv = std::move(argv);
    return document;
}

} // namespace cellos::inline CELLOS_ABI
