#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/artifact_access.hpp>
#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/secret_config.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/files.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/cell/limits.hpp>
#include <cellos/host/gvisor/run/attached_run.hpp>
#include <cellos/host/gvisor/run/warm_sandbox.hpp>
#include <cellos/host/gvisor/runsc/process.hpp>
#include <cellos/host/prewarm/concepts.hpp>
#include <cellos/host/sandbox/artifacts.hpp>
#include <cellos/host/sandbox/recovery.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// Runs each cell in a gVisor sandbox of its own, with `runsc`. Linux; Debian's and Ubuntu's
/// `runsc` package is enough.
///
/// `create` refuses what cannot be enforced and makes the cell's files; `execute` boots the
/// sandbox, runs the command and returns how it ended; `destroy` says `destroyed` only after it has
/// seen that every process is dead and every file removed. Nothing happens on construction: a
/// missing runsc is an error of the first `create`. Thread-safe; movable while no call is under
/// way. The destructor ends and removes cells that nobody destroyed.
template <class = IfUsed>
class BasicGVisorCellBackend {
public:
    static constexpr std::string_view name = "gvisor";

    explicit BasicGVisorCellBackend(GVisorConfig config = {})
        : state_{std::make_unique<State>(std::move(config))} {}

    [[nodiscard]] Result<CellHandle> create(const ExecutionCellDocument& document) {
        if (auto accepted = accept(document); !accepted) return failure_of(accepted);
        const GVisorConfig& config = state_->host.config();
        auto facts = state_->host.facts();
        if (!facts) return failure_of(facts);
        auto cell = gvisor::prepare_cell(document, **facts, config);
        if (!cell) return failure_of(cell);

        const RunSpec run = document.spec.run.value_or(RunSpec{});
        auto caveats = gvisor::limit_cell(**cell, run.limits.value_or(Limits{}), config);
        if (!caveats) return failure_of(caveats);
        return track(*std::move(cell), document, **facts, *std::move(caveats));
    }

    [[nodiscard]] Result<ExitStatus> execute(const CellHandle& handle, const RunContext& context) {
        auto cell = find(handle);
        if (!cell) return failure_of(cell);
        auto facts = state_->host.facts();
        if (!facts) return failure_of(facts);
        const RunScope scope{**cell};
        if (!scope.begun) return failure_of(scope.begun);
        Boot boot{.kind = Boot::Kind::Warm, .reason = {}};
        if (auto end = gvisor::run_warm(**cell, (*facts)->runsc, context, boot.reason)) {
            if (context.boot != nullptr) *context.boot = std::move(boot);
            return *std::move(end);
        }
        boot.kind = Boot::Kind::Cold;
        if (context.boot != nullptr) *context.boot = std::move(boot);
        auto written = gvisor::write_bundle(**cell, context, **facts, state_->host.config());
        auto end =
            written ? gvisor::AttachedRun{**cell, (*facts)->runsc}(context) : failure_of(written);
        if (!context.secrets.empty()) gvisor::remove_secrets((*cell)->path());
        return end;
    }

    /// A file that the workload has left at the artifact's path. What is reached through a symbolic
    /// link, is no regular file, has a second name (hard link) or is larger than the cell's volumes
    /// is refused: all of it is the workload's doing.
    [[nodiscard]] Result<std::unique_ptr<ArtifactReader>> open_artifact(
        const CellHandle& handle, const ExportArtifact& artifact
    ) {
        auto cell = find(handle);
        if (!cell) return failure_of(cell);
        const auto* artifacts = (*cell)->artifacts();
        if (artifacts == nullptr)
            return failure(
                CellosError::Kind::ExportSink, "the cell's document does not export anything"
            );
        return artifacts->open(artifact);
    }

    /// Of several calls for one cell, also at the same time, exactly one succeeds; the others get
    /// UnknownCell. After a failure the cell is still tracked, and another call can finish the
    /// work.
    [[nodiscard]] Result<TeardownReport> destroy(const CellHandle& handle) {
        std::shared_ptr<gvisor::Cell> cell;
        {
            const std::lock_guard lock{state_->mutex};
            const auto tracked = state_->find(handle);
            if (tracked == state_->cells.end() ||
                std::exchange(tracked->second.being_destroyed, true))
                return unknown(handle);
            cell = tracked->second.cell;
        }
        auto gone = cell->tear_down();
        const std::lock_guard lock{state_->mutex};
        const auto tracked = state_->find(handle);
        if (!gone) {
            tracked->second.being_destroyed = false;
            return failure_of(gone);
        }
        state_->cells.erase(tracked);
        return TeardownReport{
            .cell_id = handle.cell_id,
            .destroyed = true,
            .peers_tracked_after = state_->cells.size()};
    }

    /// Ends and removes the cells that dead programs left in the configured state directory, and
    /// nothing else: not the cells of this object or of any other living program, and nothing of
    /// another state directory. Needs no runsc. Fails only if the directory cannot be read or
    /// belongs to somebody else; what could not be removed is in the report. May be called at any
    /// time.
    [[nodiscard]] Result<RecoveryReport> recover() {
        return sandbox::recover_cells(
            state_->host.state_path(),
            os::find_cgroup_hierarchies(state_->host.config().cgroup_parent),
            gvisor::runsc_root_flag
        );
    }

    // --- For Prewarmed<GVisorCellBackend>, see <cellos/host/prewarmed.hpp> ----------------------

    /// A sandbox that was booted ahead of its cell.
    using Spare = gvisor::Spare;

    /// Cells of documents with the same shape can take each other's spares. The error says why a
    /// cell of this document can take none.
    [[nodiscard]] Result<std::string> shape_of(const ExecutionCellDocument& document) {
        auto facts = state_->host.facts();
        if (!facts) return failure_of(facts);
        return gvisor::shape_of(document.spec, **facts, state_->host.config());
    }

    /// Starts to boot a spare for documents of the shape of `like`.
    [[nodiscard]] Result<Spare> boot_spare(
        const ExecutionCellDocument& like, const PoolOptions& options, BootPace pace
    ) {
        if (auto accepted = accept(like); !accepted) return failure_of(accepted);
        auto facts = state_->host.facts();
        if (!facts) return failure_of(facts);
        auto launcher = gvisor::find_launcher(options.launcher);
        if (!launcher) return failure_of(launcher);
        gvisor::Runsc runsc = (*facts)->runsc;
        if (!options.platform.empty()) {
            auto platform = gvisor::choose_platform(runsc.known_platforms, options.platform);
            if (!platform) return failure_of(platform);
            runsc.platform = *std::move(platform);
        }
        return gvisor::boot_spare(
            like,
            **facts,
            state_->host.config(),
            runsc,
            {.launcher = *std::move(launcher), .prepare = options.prepare, .pace = pace}
        );
    }

    /// `create` with a spare of the document's shape. An error leaves the spare as it was.
    [[nodiscard]] Result<CellHandle> create_from(
        Spare& spare, const ExecutionCellDocument& document
    ) {
        if (auto accepted = accept(document); !accepted) return failure_of(accepted);
        auto facts = state_->host.facts();
        if (!facts) return failure_of(facts);
        auto caveats = gvisor::adopt_spare(spare.cell(), document, **facts, state_->host.config());
        if (!caveats) return failure_of(caveats);
        return track(std::move(spare).take_cell(), document, **facts, *std::move(caveats));
    }

private:
    struct Tracked {
        std::string cell_id;
        std::shared_ptr<gvisor::Cell> cell;
        bool being_destroyed = false;
    };

    struct State {
        explicit State(GVisorConfig config) : host{std::move(config)} {}

        [[nodiscard]] std::map<std::string, Tracked>::iterator find(const CellHandle& handle) {
            const auto found = cells.find(handle.instance);
            return found != cells.end() && found->second.cell_id == handle.cell_id ? found
                                                                                   : cells.end();
        }

        gvisor::Host host;
        std::mutex mutex;
        std::map<std::string, Tracked> cells;
    };

    /// Tells the cell that a run is under way, so that a tear-down waits for its end.
    struct RunScope {
        explicit RunScope(gvisor::Cell& of) : cell{of}, begun{of.begin_run()} {}
        RunScope(const RunScope&) = delete;
        RunScope& operator=(const RunScope&) = delete;
        ~RunScope() {
            if (begun) cell.end_run();
        }
        gvisor::Cell& cell;
        Result<void> begun;
    };

    /// Pure functions refuse first: then nothing has been asked of the host yet.
    [[nodiscard]] Result<void> accept(const ExecutionCellDocument& document) const {
        if (document.spec.id.empty())
            return failure(CellosError::Kind::InvalidSpec, "spec.id must be non-empty");
        const GVisorConfig& config = state_->host.config();
        if (auto exportable = sandbox::check_artifacts(document.spec, config.rootfs); !exportable)
            return exportable;
        const BundleParameters hopeful{
            .mounts = gvisor::run_mounts(document.spec, "/", "/"),
            .cgroup_limits_memory = true,
            .cgroup_limits_cpu = true,
        };
        auto accepted = generate_bundle_config(document, config, hopeful);
        if (!accepted) return failure_of(accepted);
        return {};
    }

    [[nodiscard]] CellHandle track(
        std::unique_ptr<gvisor::Cell> cell,
        const ExecutionCellDocument& document,
        const gvisor::HostFacts& host,
        std::vector<std::string> caveats
    ) {
        CellHandle handle{.cell_id = document.spec.id};
        handle.caveats = std::move(caveats);
        if (const auto* group = cell->group()) handle.cgroup_path = group->path();
        handle.kernel_digest_sha256 = host.kernel_digest;
        handle.rootfs_digest_sha256 = host.rootfs_digest;
        handle.instance = cell->id();
        const std::lock_guard lock{state_->mutex};
        state_->cells.emplace(
            handle.instance, Tracked{.cell_id = handle.cell_id, .cell = std::move(cell)}
        );
        return handle;
    }

    [[nodiscard]] static tl::unexpected<CellosError> unknown(const CellHandle& handle) {
        return failure(
            CellosError::Kind::UnknownCell,
            "'" + handle.cell_id + "' was destroyed before, or made by another backend object"
        );
    }

    [[nodiscard]] Result<std::shared_ptr<gvisor::Cell>> find(const CellHandle& handle) {
        const std::lock_guard lock{state_->mutex};
        const auto tracked = state_->find(handle);
        if (tracked == state_->cells.end()) return unknown(handle);
        return tracked->second.cell;
    }

    std::unique_ptr<State> state_;
};

using GVisorCellBackend = BasicGVisorCellBackend<>;

static_assert(InCellExecution<GVisorCellBackend>);
static_assert(ArtifactAccess<GVisorCellBackend>);
static_assert(Prewarmable<GVisorCellBackend>);

} // namespace cellos::inline CELLOS_ABI
