#pragma once

#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>

#include <string_view>
#include <type_traits>

namespace cellos::inline CELLOS_ABI {

/// The minimal backend, for running the whole pipeline where no isolation is wanted: in unit tests,
/// on any platform. It has no state and makes no system call. What a document asks for beyond
/// create and destroy it neither enforces nor refuses, and a workload runs on the host.
/// Thread-safe.
struct StubCellBackend {
    static constexpr std::string_view name = "stub";
    static constexpr bool runs_on_host = true;

    /// Hands out the document's id as a cell. Nothing is known of its boot: there was none.
    /// InvalidSpec: the id is empty.
    [[nodiscard]] CELLOS_DECL Result<CellHandle> create(const ExecutionCellDocument& document
    ) const;

    /// Always succeeds, for any handle: nothing is tracked across calls.
    [[nodiscard]] CELLOS_DECL Result<TeardownReport> destroy(const CellHandle& cell) const;
};

static_assert(CellBackend<StubCellBackend>);
static_assert(!InCellExecution<StubCellBackend>);
static_assert(RunsOnHost<StubCellBackend>);
static_assert(std::is_empty_v<StubCellBackend>);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/stub.ipp>
#endif
