#pragma once

#include <cellos/core/document.hpp>
#include <cellos/host/stub.hpp>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL Result<CellHandle> StubCellBackend::create(const ExecutionCellDocument& document
) const {
    if (document.spec.id.empty())
        return failure(CellosError::Kind::InvalidSpec, "spec.id must be non-empty");
    return CellHandle{.cell_id = document.spec.id};
}

CELLOS_DECL Result<TeardownReport> StubCellBackend::destroy(const CellHandle& cell) const {
    return TeardownReport{.cell_id = cell.cell_id, .destroyed = true, .peers_tracked_after = 0};
}

} // namespace cellos::inline CELLOS_ABI
