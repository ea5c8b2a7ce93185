/// @file
/// A backend that boots sandboxes ahead of their cells.
#pragma once

#include <cellos/core/argv_bounds.hpp>
#include <cellos/core/artifact_access.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/prewarm/cells.hpp>
#include <cellos/host/prewarm/concepts.hpp>
#include <cellos/host/prewarm/explain.hpp>
#include <cellos/host/prewarm/options.hpp>
#include <cellos/host/prewarm/sessions.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cellos::inline CELLOS_ABI {

/// Decorates a backend with a pool of sandboxes that are booted before a cell needs them:
/// `Supervisor{Prewarmed{GVisorCellBackend{config}, PoolOptions{.size = 8}}}`. The backend is moved
/// in; with `Prewarmed{std::ref(backend)}` the caller keeps it, and it must outlive this object.
///
/// Each sandbox serves one cell and is destroyed with it, so cells are isolated exactly as without
/// a pool. If no sandbox is ready, the cell runs cold, and `CellReport::boot` says why. Booting
/// begins on construction, in a thread of the pool. A failed boot is reported by stats() and
/// wait_until_ready(), and cells still run cold. Thread-safe; movable while no call is in progress.
/// The destructor ends and removes the waiting sandboxes; those of a killed program are found by
/// the backend's recovery.
///
/// In a burst, as many cells start at once as there are processors; the others wait for their turn,
/// at most 50 ms.
template <class Backend>
class Prewarmed : public prewarm::ForwardedSessions<Prewarmed<Backend>, Backend> {
    static_assert(detail::explain_prewarmable<Backend>());

    static constexpr bool accepted = Prewarmable<Backend> && detail::can_be_taken_over<Backend>;
    // After the one sentence about a backend nothing else shall be said, of copies neither.
    using Given = std::conditional_t<accepted, Backend, const Backend&>;

public:
    static constexpr std::string_view name = [] {
        if constexpr (has_backend_name<Backend>) {
            return std::string_view{std::remove_reference_t<Backend>::name};
        } else {
            return std::string_view{};
        }
    }();
    static constexpr ArgvBounds argv_bounds = argv_bounds_of<Backend>;
    /// Tells backend_laws() that sandboxes come and go during its lifetime.
    static constexpr bool keeps_warm_sandboxes = true;

    explicit Prewarmed(Given backend, PoolOptions options = {})
        : cells_{std::make_unique<Cells>(std::forward<Given>(backend), std::move(options))} {}

    /// The decorated backend's `create`, with a waiting sandbox if one fits the document.
    [[nodiscard]] Result<CellHandle> create(const ExecutionCellDocument& document) {
        return cells_->create(document);
    }

    /// The decorated backend's `execute`. Blocks for the run and at most 50 ms more.
    [[nodiscard]] Result<ExitStatus> execute(const CellHandle& handle, const RunContext& context) {
        return cells_->execute(handle, context);
    }

    /// The decorated backend's `destroy`.
    [[nodiscard]] Result<TeardownReport> destroy(const CellHandle& handle) {
        return cells_->destroy(handle);
    }

    /// The decorated backend's `open_artifact`.
    [[nodiscard]] Result<std::unique_ptr<ArtifactReader>> open_artifact(
        const CellHandle& handle, const ExportArtifact& artifact
    )
        requires ArtifactAccess<Backend>
    {
        return cells_->open_artifact(handle, artifact);
    }

    /// The decorated backend's `recover`, which also finds the sandboxes left by a dead program's
    /// pool.
    [[nodiscard]] auto recover()
        requires requires(Backend& backend) { backend.recover(); }
    {
        return cells_->recover();
    }

    [[nodiscard]] PoolStats stats() const { return cells_->stats(); }

    /// Blocks until the pool is full. The error is that of a boot that failed meanwhile; Cancelled:
    /// the stop token or the deadline came first.
    [[nodiscard]] Result<void> wait_until_ready(
        const std::stop_token& stop = {},
        std::chrono::steady_clock::time_point deadline =
            (std::chrono::steady_clock::time_point::max)()
    ) {
        return cells_->wait_until_full(stop, deadline);
    }

private:
    friend prewarm::ForwardedSessions<Prewarmed<Backend>, Backend>;
    using Cells =
        std::conditional_t<accepted, prewarm::PrewarmedCells<Backend>, prewarm::NoPrewarmedCells>;

    std::unique_ptr<Cells> cells_;
};

template <class Backend>
Prewarmed(Backend) -> Prewarmed<std::unwrap_reference_t<Backend>>;
template <class Backend>
Prewarmed(Backend, PoolOptions) -> Prewarmed<std::unwrap_reference_t<Backend>>;

} // namespace cellos::inline CELLOS_ABI
