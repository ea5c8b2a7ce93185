#pragma once

#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>

#include <string_view>
#include <type_traits>

namespace cellos::inline CELLOS_ABI {

/// The minimal backend, without isolation: for running the whole pipeline in unit tests, on any
/// platform. It has no state and makes no system calls. It neither enforces nor refuses anything
/// that a document asks for, and the workload runs on the host. Thread-safe.
struct StubCellBackend {
    static constexpr std::string_view name = "stub";
    static constexpr bool runs_on_host = true;

    /// Returns a handle with the document's id. It has no boot information, since nothing boots.
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
