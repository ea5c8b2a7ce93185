/// @file
/// A backend whose cells find their sandbox booted.
#pragma once

#include <cellos/core/artifact_access.hpp>
#include <cellos/core/boot.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/prewarm/concepts.hpp>
#include <cellos/host/prewarm/options.hpp>
#include <cellos/host/prewarm/pool.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace cellos::inline CELLOS_ABI {

/// Decorates a backend with a pool of sandboxes that are booted ahead:
/// `Supervisor{Prewarmed{GVisorCellBackend{config}, PoolOptions{.size = 8}}}`.
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
template <Prewarmable Backend>
class Prewarmed {
public:
    static constexpr std::string_view name = Backend::name;
    /// For the laws of backends: sandboxes come and go while it lives.
    static constexpr bool keeps_spares = true;

    explicit Prewarmed(Backend backend, PoolOptions options = {})
        : state_{std::make_unique<State>(std::move(backend), std::move(options))} {}

    [[nodiscard]] Result<CellHandle> create(const ExecutionCellDocument& document) {
        std::string why;
        if (auto handle = create_warm(document, why)) {
            state_->remember(*handle, std::nullopt);
            return *std::move(handle);
        }
        auto handle = state_->backend.create(document);
        if (handle) {
            state_->pool.cell_began();
            state_->remember(*handle, std::move(why));
        }
        return handle;
    }

    [[nodiscard]] Result<ExitStatus> execute(const CellHandle& handle, const RunContext& context) {
        const auto why = state_->why_cold(handle);
        std::optional<typename SparePool<Backend>::Turn> turn;
        if (!why) turn.emplace(state_->pool, context.deadline);
        auto end = state_->backend.execute(handle, context);
        turn.reset();
        auto kind = why ? Boot::Kind::Cold : Boot::Kind::Warm;
        if (context.boot != nullptr && *context.boot) {
            kind = (**context.boot).kind;
            if (why) (**context.boot).reason = why;
        }
        state_->pool.count_run(kind);
        return end;
    }

    [[nodiscard]] Result<TeardownReport> destroy(const CellHandle& handle) {
        auto report = state_->backend.destroy(handle);
        if (report && report->destroyed && state_->forget(handle)) state_->pool.cell_ended();
        return report;
    }

    [[nodiscard]] Result<std::unique_ptr<ArtifactReader>> open_artifact(
        const CellHandle& handle, const ExportArtifact& artifact
    )
        requires ArtifactAccess<Backend>
    {
        return state_->backend.open_artifact(handle, artifact);
    }

    /// The decorated backend's, which finds the sandboxes that a dead program's pool has left too.
    [[nodiscard]] auto recover()
        requires requires(Backend& backend) { backend.recover(); }
    {
        return state_->backend.recover();
    }

    [[nodiscard]] PoolStats stats() const { return state_->pool.stats(); }

    /// Blocks until as many sandboxes wait as are to. The error is that of a boot that failed
    /// meanwhile; Cancelled: the stop token or the deadline came first.
    [[nodiscard]] Result<void> wait_until_ready(
        const std::stop_token& stop = {},
        std::chrono::steady_clock::time_point deadline =
            std::chrono::steady_clock::time_point::max()
    ) {
        return state_->pool.wait_until_full(stop, deadline);
    }

private:
    struct State {
        State(Backend inner, PoolOptions options)
            : backend{std::move(inner)}, pool{backend, std::move(options)} {}

        void remember(const CellHandle& handle, std::optional<std::string> why) {
            const std::lock_guard lock{mutex};
            cells.insert_or_assign(handle.instance, std::move(why));
        }
        [[nodiscard]] bool forget(const CellHandle& handle) {
            const std::lock_guard lock{mutex};
            return cells.erase(handle.instance) > 0;
        }
        [[nodiscard]] std::optional<std::string> why_cold(const CellHandle& handle) {
            const std::lock_guard lock{mutex};
            const auto found = cells.find(handle.instance);
            return found != cells.end() ? found->second : std::nullopt;
        }

        Backend backend;
        std::mutex mutex;
        std::map<std::string, std::optional<std::string>> cells; ///< by instance: why it is cold
        SparePool<Backend> pool;                                 // goes first
    };

    [[nodiscard]] std::optional<CellHandle> create_warm(
        const ExecutionCellDocument& document, std::string& why
    ) {
        const auto shape = state_->backend.shape_of(document);
        if (!shape) {
            why = shape.error().message;
            return std::nullopt;
        }
        auto spare = state_->pool.take(*shape, why);
        if (!spare) return std::nullopt;
        auto handle = state_->backend.create_from(*spare, document);
        if (handle) return *std::move(handle);
        // The cold way says it in full, or finds one.
        why = handle.error().message;
        state_->pool.give_back(*shape, *std::move(spare));
        return std::nullopt;
    }

    std::unique_ptr<State> state_;
};

template <class Backend>
Prewarmed(Backend) -> Prewarmed<Backend>;
template <class Backend>
Prewarmed(Backend, PoolOptions) -> Prewarmed<Backend>;

} // namespace cellos::inline CELLOS_ABI
