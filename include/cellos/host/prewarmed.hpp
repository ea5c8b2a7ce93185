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

namespace cellos::inline v0 {

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
/// does not read, and input files count as memory of the cell.
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
        if (auto handle = create_warm(document, why)) return *std::move(handle);
        auto handle = state_->backend.create(document);
        if (handle) {
            const std::lock_guard lock{state_->mutex};
            state_->cold.emplace(handle->instance, std::move(why));
        }
        return handle;
    }

    [[nodiscard]] Result<ExitStatus> execute(const CellHandle& handle, const RunContext& context) {
        const auto why = why_cold(handle);
        const Running running{state_->pool, !why};
        auto end = state_->backend.execute(handle, context);
        if (context.boot != nullptr && *context.boot) {
            Boot& boot = **context.boot;
            if (why && boot.kind == Boot::Kind::Cold) boot.reason = why;
            if (!why && boot.kind == Boot::Kind::Cold) state_->pool.count_as_cold();
        }
        return end;
    }

    [[nodiscard]] Result<TeardownReport> destroy(const CellHandle& handle) {
        auto report = state_->backend.destroy(handle);
        if (report && report->destroyed) {
            const std::lock_guard lock{state_->mutex};
            state_->cold.erase(handle.instance);
        }
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

        Backend backend;
        std::mutex mutex;
        std::map<std::string, std::string> cold; ///< by instance: why
        SparePool<Backend> pool;                 // goes first
    };

    struct Running {
        Running(SparePool<Backend>& of, bool warm) : pool{of} { pool.run_began(warm); }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;
        ~Running() { pool.run_ended(); }
        SparePool<Backend>& pool;
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

    [[nodiscard]] std::optional<std::string> why_cold(const CellHandle& handle) {
        const std::lock_guard lock{state_->mutex};
        const auto found = state_->cold.find(handle.instance);
        if (found == state_->cold.end()) return std::nullopt;
        return found->second;
    }

    std::unique_ptr<State> state_;
};

template <class Backend>
Prewarmed(Backend) -> Prewarmed<Backend>;
template <class Backend>
Prewarmed(Backend, PoolOptions) -> Prewarmed<Backend>;

} // namespace cellos::inline v0
