/// @file
/// The part of Prewarmed that calls the backend for each cell.
#pragma once

#include <cellos/core/artifact_access.hpp>
#include <cellos/core/boot.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/core/session_context.hpp>
#include <cellos/host/prewarm/burst_gate.hpp>
#include <cellos/host/prewarm/cell_register.hpp>
#include <cellos/host/prewarm/concepts.hpp>
#include <cellos/host/prewarm/options.hpp>
#include <cellos/host/prewarm/pool.hpp>
#include <cellos/host/prewarm/sandbox_source.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

namespace cellos::inline CELLOS_ABI::prewarm {

/// A backend, a pool of its sandboxes and the cells that use them. Prewarmed documents the members,
/// and asserts that the backend is Prewarmable. Neither copyable nor movable. Thread-safe.
template <class Backend>
class PrewarmedCells {
public:
    PrewarmedCells(Backend backend, PoolOptions options)
        : backend_{std::forward<Backend>(backend)}, pool_{source_, std::move(options)} {}
    PrewarmedCells(const PrewarmedCells&) = delete;
    PrewarmedCells& operator=(const PrewarmedCells&) = delete;
    ~PrewarmedCells() = default;

    [[nodiscard]] Result<CellHandle> create(const ExecutionCellDocument& document) {
        std::string why;
        if (auto handle = create_warm(document, why)) {
            cells_.add(handle->instance, std::nullopt);
            return *std::move(handle);
        }
        auto handle = backend_.create(document);
        if (handle) {
            pool_.cell_began();
            cells_.add(handle->instance, std::move(why));
        }
        return handle;
    }

    [[nodiscard]] Result<ExitStatus> execute(const CellHandle& handle, const RunContext& context) {
        return in_turn(handle, context.deadline, context.report.boot, [&] {
            return backend_.execute(handle, context);
        });
    }

    [[nodiscard]] auto open_session(const CellHandle& handle, SessionContext& context) {
        return in_turn(handle, context.cell_deadline, context.boot, [&] {
            return backend_.open_session(handle, context);
        });
    }

    [[nodiscard]] Result<TeardownReport> destroy(const CellHandle& handle) {
        auto report = backend_.destroy(handle);
        if (report && report->destroyed && cells_.remove(handle.instance)) pool_.cell_ended();
        return report;
    }

    [[nodiscard]] Result<std::unique_ptr<ArtifactReader>> open_artifact(
        const CellHandle& handle, const ExportArtifact& artifact
    ) {
        return backend_.open_artifact(handle, artifact);
    }

    [[nodiscard]] auto recover() { return backend_.recover(); }

    [[nodiscard]] PoolStats stats() const { return pool_.stats(); }

    [[nodiscard]] Result<void> wait_until_full(
        const std::stop_token& stop, std::chrono::steady_clock::time_point deadline
    ) {
        return pool_.wait_until_full(stop, deadline);
    }

private:
    // Uses the cell's sandbox by `call`, and tells how that was booted.
    template <class Call>
    [[nodiscard]] auto in_turn(
        const CellHandle& handle,
        std::chrono::steady_clock::time_point deadline,
        std::optional<Boot>& boot,
        Call call
    ) {
        const auto why = cells_.why_cold(handle.instance);
        std::optional<BurstGate::Turn> turn;
        if (!why) turn.emplace(gate_, deadline);
        auto result = call();
        turn.reset();
        auto kind = why ? Boot::Kind::Cold : Boot::Kind::Warm;
        if (boot) {
            kind = boot->kind;
            if (why) boot->reason = why;
        }
        pool_.count_run(kind);
        return result;
    }

    [[nodiscard]] std::optional<CellHandle> create_warm(
        const ExecutionCellDocument& document, std::string& why
    ) {
        const auto shape = backend_.shape_of(document);
        if (!shape) {
            why = shape.error().message;
            return std::nullopt;
        }
        auto sandbox = pool_.take(*shape, why);
        if (!sandbox) return std::nullopt;
        auto handle = backend_.create_from(Source::sandbox_in(*sandbox), document);
        if (handle) return *std::move(handle);
        // A cold create() gives the full error, or succeeds.
        why = handle.error().message;
        pool_.give_back(*shape, std::move(sandbox));
        return std::nullopt;
    }

    using Source = BackendSource<std::remove_reference_t<Backend>>;

    Backend backend_;
    Source source_{backend_};
    CellRegister cells_;
    BurstGate gate_;
    WarmPool pool_; // destroyed first
};

/// Stands in for PrewarmedCells if a type is not Prewarmable, so that the compiler prints the one
/// sentence about it and no further errors.
struct NoPrewarmedCells {
    explicit NoPrewarmedCells(auto&&...) noexcept {}

    Result<CellHandle> create(auto&&...);
    Result<ExitStatus> execute(auto&&...);
    Result<TeardownReport> destroy(auto&&...);
    Result<std::unique_ptr<ArtifactReader>> open_artifact(auto&&...);
    void recover();
    PoolStats stats() const;
    Result<void> wait_until_full(auto&&...);
};

} // namespace cellos::inline CELLOS_ABI::prewarm
