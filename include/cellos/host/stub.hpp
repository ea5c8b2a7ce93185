#pragma once

#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/document.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>

#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// The minimal backend, for running the whole pipeline where no isolation is wanted: in unit tests,
/// on any platform. It has no state and makes no system call. What a document asks for beyond
/// create and destroy it neither enforces nor refuses, and a workload runs on the host.
struct StubCellBackend {
    static constexpr std::string_view name = "stub";
    static constexpr bool runs_on_host = true;

    /// Hands out the document's id as a cell. Nothing is known of its boot: there was none.
    [[nodiscard]] Result<CellHandle> create(const ExecutionCellDocument& document) const {
        if (document.spec.id.empty())
            return failure(CellosError::Kind::InvalidSpec, "spec.id must be non-empty");
        return CellHandle{.cell_id = document.spec.id};
    }

    /// Always succeeds, for any handle: nothing is tracked across calls.
    [[nodiscard]] Result<TeardownReport> destroy(const CellHandle& cell) const {
        return TeardownReport{.cell_id = cell.cell_id, .destroyed = true, .peers_tracked_after = 0};
    }
};

static_assert(CellBackend<StubCellBackend>);
static_assert(!InCellExecution<StubCellBackend>);
static_assert(RunsOnHost<StubCellBackend>);
static_assert(std::is_empty_v<StubCellBackend>);

} // namespace cellos::inline CELLOS_ABI
