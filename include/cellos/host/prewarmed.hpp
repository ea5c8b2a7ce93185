/// @file
/// A backend whose cells find their sandbox booted.
#pragma once

#include <cellos/core/artifact_access.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/prewarm/cells.hpp>
#include <cellos/host/prewarm/concepts.hpp>
#include <cellos/host/prewarm/explain.hpp>
#include <cellos/host/prewarm/options.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cellos::inline CELLOS_ABI {

/// Decorates a backend with a pool of sandboxes that are booted ahead:
/// `Supervisor{Prewarmed{GVisorCellBackend{config}, PoolOptions{.size = 8}}}`. The backend is moved
/// in; `Prewarmed{std::ref(backend)}` is a pool over one that the caller keeps alive for longer.
///
/// Each sandbox serves one cell and is destroyed with it, so that cells are isolated as they are
/// without. A cell that finds no sandbox runs cold, and `CellReport::boot` says why. Booting begins
/// on construction, in a thread of the pool's own; a boot that fails is told by stats() and
/// wait_until_ready(), and keeps no cell from running cold. Thread-safe; movable while no call is
/// under way. The destructor ends and removes all that waits; what a killed program leaves of it
/// the backend's recovery finds.
///
/// What differs from a cold cell: the workload's standard streams are always pipes (one whose
/// streams are a terminal runs cold), of stdin up to a pipe full may be taken that the workload
/// does not read, and input files count as memory of the cell. Of a burst as many cells start at
/// once as there are processors; the others wait for their turn, at most 50 ms.
template <class Backend>
class Prewarmed {
    static_assert(detail::explain_prewarmable<Backend>());

public:
    static constexpr std::string_view name = [] {
        if constexpr (has_backend_name<Backend>) {
            return std::string_view{std::remove_reference_t<Backend>::name};
        } else {
            return std::string_view{};
        }
    }();
    /// For the laws of backends: sandboxes come and go while it lives.
    static constexpr bool keeps_warm_sandboxes = true;

    explicit Prewarmed(Backend backend, PoolOptions options = {})
        : cells_{std::make_unique<Cells>(std::forward<Backend>(backend), std::move(options))} {}

    /// The decorated backend's, with a sandbox that waits if one fits the document.
    [[nodiscard]] Result<CellHandle> create(const ExecutionCellDocument& document) {
        return cells_->create(document);
    }

    /// The decorated backend's. Blocks; beyond the run itself for 50 ms at most.
    [[nodiscard]] Result<ExitStatus> execute(const CellHandle& handle, const RunContext& context) {
        return cells_->execute(handle, context);
    }

    /// The decorated backend's.
    [[nodiscard]] Result<TeardownReport> destroy(const CellHandle& handle) {
        return cells_->destroy(handle);
    }

    /// The decorated backend's.
    [[nodiscard]] Result<std::unique_ptr<ArtifactReader>> open_artifact(
        const CellHandle& handle, const ExportArtifact& artifact
    )
        requires ArtifactAccess<Backend>
    {
        return cells_->open_artifact(handle, artifact);
    }

    /// The decorated backend's, which finds the sandboxes that a dead program's pool has left too.
    [[nodiscard]] auto recover()
        requires requires(Backend& backend) { backend.recover(); }
    {
        return cells_->recover();
    }

    [[nodiscard]] PoolStats stats() const { return cells_->stats(); }

    /// Blocks until as many sandboxes wait as are to. The error is that of a boot that failed
    /// meanwhile; Cancelled: the stop token or the deadline came first.
    [[nodiscard]] Result<void> wait_until_ready(
        const std::stop_token& stop = {},
        std::chrono::steady_clock::time_point deadline =
            std::chrono::steady_clock::time_point::max()
    ) {
        return cells_->wait_until_full(stop, deadline);
    }

private:
    using Cells = std::conditional_t<
        Prewarmable<Backend>,
        prewarm::PrewarmedCells<Backend>,
        prewarm::NoPrewarmedCells>;

    std::unique_ptr<Cells> cells_;
};

template <class Backend>
Prewarmed(Backend) -> Prewarmed<std::unwrap_reference_t<Backend>>;
template <class Backend>
Prewarmed(Backend, PoolOptions) -> Prewarmed<std::unwrap_reference_t<Backend>>;

} // namespace cellos::inline CELLOS_ABI
