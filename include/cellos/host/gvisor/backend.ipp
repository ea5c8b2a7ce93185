#pragma once

#include <cellos/core/run_context.hpp>
#include <cellos/core/visible.hpp>
#include <cellos/host/gvisor/backend.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/files.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/cell/limits.hpp>
#include <cellos/host/gvisor/cell/placement.hpp>
#include <cellos/host/gvisor/run/adopt_warm.hpp>
#include <cellos/host/gvisor/run/boot.hpp>
#include <cellos/host/gvisor/run/boot_warm.hpp>
#include <cellos/host/gvisor/run/command_run.hpp>
#include <cellos/host/gvisor/run/run_scope.hpp>
#include <cellos/host/gvisor/run/sandbox_session.hpp>
#include <cellos/host/gvisor/run/shape.hpp>
#include <cellos/host/gvisor/runsc/process.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/host/sandbox/artifacts.hpp>
#include <cellos/host/sandbox/cell_place.hpp>
#include <cellos/host/sandbox/recovery.hpp>
#include <cellos/os/cgroup_hierarchy.hpp>

#include <map>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI {

namespace gvisor::detail {

// What one allocation too many has ended is taken up once more.
[[nodiscard]] inline Result<void> tear_down(Cell& cell) {
    for (int attempt = 0; attempt < 2; ++attempt) {
        try {
            return cell.tear_down();
        } catch (const std::bad_alloc&) {
            continue;
        }
    }
    return failure(CellosError::Kind::TeardownIncomplete, "no memory"); // which this needs none of
}

[[nodiscard]] inline tl::unexpected<CellosError> unknown_cell(const CellHandle& handle) {
    return failure(
        CellosError::Kind::UnknownCell,
        "'" + visible(handle.cell_id) + "' was destroyed before, or made by another backend object"
    );
}

} // namespace gvisor::detail

struct GVisorCellBackend::State {
    struct Tracked {
        std::string cell_id; ///< the document's
        std::shared_ptr<gvisor::Cell> cell;
        os::Descriptor place{}; ///< among the cells at once, where the operator bounds them
        bool being_destroyed = false;
    };

    explicit State(GVisorConfig config) : host{std::move(config)} {}

    [[nodiscard]] CellHandle track(
        std::unique_ptr<gvisor::Cell> cell,
        os::Descriptor place,
        const gvisor::HostFacts& facts,
        std::vector<std::string> caveats
    ) {
        CellHandle handle{.cell_id = cell->plan().cell_id};
        handle.caveats = facts.caveats;
        for (std::string& caveat : caveats) handle.caveats.push_back(std::move(caveat));
        if (const auto* group = cell->group()) handle.cgroup_path = group->path();
        handle.kernel_digest_sha256 = facts.kernel_digest;
        handle.rootfs_digest_sha256 = facts.rootfs_digest;
        handle.instance = cell->id();
        const std::lock_guard lock{mutex};
        cells.emplace(
            handle.instance,
            Tracked{.cell_id = handle.cell_id, .cell = std::move(cell), .place = std::move(place)}
        );
        return handle;
    }

    // For one more cell; none where nobody bounds them.
    [[nodiscard]] Result<os::Descriptor> take_place(const gvisor::HostFacts& facts) const {
        const auto most = host.config().ceilings.cells;
        return most ? sandbox::take_place(facts.state.get(), *most) : os::Descriptor{};
    }

    // With the mutex locked.
    [[nodiscard]] std::map<std::string, Tracked>::iterator tracked(const CellHandle& handle) {
        const auto found = cells.find(handle.instance);
        return found != cells.end() && found->second.cell_id == handle.cell_id ? found
                                                                               : cells.end();
    }

    [[nodiscard]] Result<std::shared_ptr<gvisor::Cell>> cell_of(const CellHandle& handle) {
        const std::lock_guard lock{mutex};
        const auto found = tracked(handle);
        if (found == cells.end()) return gvisor::detail::unknown_cell(handle);
        return found->second.cell;
    }

    // The sandbox that has waited for the cell, or one that boots; `boot` tells which.
    [[nodiscard]] Result<gvisor::Sandbox> sandbox_of(
        gvisor::Cell& cell,
        const gvisor::HostFacts& facts,
        bool takes_inputs,
        const CellRef& traced_as,
        std::optional<Boot>& boot
    ) {
        boot = Boot{.kind = Boot::Kind::Warm, .reason = {}};
        auto sandbox = cell.take_sandbox();
        if (sandbox && sandbox->is_alive()) return *std::move(sandbox);
        boot->kind = Boot::Kind::Cold;
        if (sandbox) {
            boot->reason = "the sandbox that waited has died";
            sandbox.reset();
            if (auto anew = cell.start_anew(); !anew) return failure_of(anew);
        }
        const gvisor::BootOptions options{.prepare = {}, .takes_inputs = takes_inputs};
        return gvisor::boot_sandbox(cell, facts, host.config(), facts.runsc, options, traced_as);
    }

    gvisor::Host host;
    std::mutex mutex;
    std::map<std::string, Tracked> cells; ///< by instance
};

CELLOS_DECL GVisorCellBackend::GVisorCellBackend(GVisorConfig config)
    : state_{std::make_unique<State>(std::move(config))} {}

CELLOS_DECL GVisorCellBackend::GVisorCellBackend(GVisorCellBackend&&) noexcept = default;
CELLOS_DECL GVisorCellBackend& GVisorCellBackend::operator=(GVisorCellBackend&&) noexcept = default;
CELLOS_DECL GVisorCellBackend::~GVisorCellBackend() = default;

CELLOS_DECL Result<CellHandle> GVisorCellBackend::create(const ExecutionCellDocument& document) {
    const GVisorConfig& config = state_->host.config();
    auto planned = gvisor::plan_on(state_->host, document);
    if (!planned) return failure_of(planned);
    auto place = state_->take_place(planned->host);
    if (!place) return failure_of(place);
    auto cell = gvisor::prepare_cell(std::move(planned->plan), planned->host, config);
    if (!cell) return failure_of(cell);
    auto caveats = gvisor::reserve_limits(**cell, (*cell)->plan(), config.enforcement);
    if (!caveats) return failure_of(caveats);
    return state_->track(*std::move(cell), *std::move(place), planned->host, *std::move(caveats));
}

CELLOS_DECL Result<ExitStatus> GVisorCellBackend::execute(
    const CellHandle& handle, const RunContext& context
) {
    auto cell = state_->cell_of(handle);
    if (!cell) return failure_of(cell);
    if (!(*cell)->plan().has_command)
        return failure(CellosError::Kind::InvalidSpec, "the cell's document has no command");
    auto facts = state_->host.facts();
    if (!facts) return failure_of(facts);
    if (!context.inputs.empty()) {
        if (auto there = gvisor::check_place_for_inputs(state_->host.config()); !there)
            return failure_of(there);
    }
    const gvisor::RunScope scope{**cell};
    if (!scope.begun) return failure_of(scope.begun);
    auto sandbox = state_->sandbox_of(
        **cell,
        **facts,
        !context.inputs.empty(),
        {.cell_id = context.document.spec.id, .run_id = context.run_id},
        context.report.boot
    );
    if (!sandbox) return failure_of(sandbox);
    return gvisor::run_command(**cell, *sandbox, context);
}

CELLOS_DECL Result<gvisor::SandboxSession> GVisorCellBackend::open_session(
    const CellHandle& handle, SessionContext& context
) {
    auto cell = state_->cell_of(handle);
    if (!cell) return failure_of(cell);
    auto facts = state_->host.facts();
    if (!facts) return failure_of(facts);
    if (!context.inputs.empty()) {
        if (auto there = gvisor::check_place_for_inputs(state_->host.config()); !there)
            return failure_of(there);
    }
    auto sandbox = state_->sandbox_of(
        **cell,
        **facts,
        !context.inputs.empty(),
        {.cell_id = context.document.spec.id, .run_id = context.run_id},
        context.boot
    );
    if (!sandbox) return failure_of(sandbox);
    return gvisor::SandboxSession::open(
        *std::move(cell), *std::move(sandbox), state_->host, context
    );
}

CELLOS_DECL Result<std::unique_ptr<ArtifactReader>> GVisorCellBackend::open_artifact(
    const CellHandle& handle, const ExportArtifact& artifact
) {
    auto cell = state_->cell_of(handle);
    if (!cell) return failure_of(cell);
    const auto* artifacts = (*cell)->artifacts();
    if (artifacts == nullptr)
        return failure(
            CellosError::Kind::ExportSink, "the cell's document does not export anything"
        );
    return artifacts->open(artifact);
}

CELLOS_DECL Result<TeardownReport> GVisorCellBackend::destroy(const CellHandle& handle) {
    // Here a lack of memory does no harm yet.
    TeardownReport report{.cell_id = handle.cell_id, .destroyed = true, .peers_tracked_after = 0};
    std::shared_ptr<gvisor::Cell> cell;
    {
        const std::lock_guard lock{state_->mutex};
        const auto tracked = state_->tracked(handle);
        if (tracked == state_->cells.end() || std::exchange(tracked->second.being_destroyed, true))
            return gvisor::detail::unknown_cell(handle);
        cell = tracked->second.cell;
    }
    auto gone = gvisor::detail::tear_down(*cell);
    const std::lock_guard lock{state_->mutex};
    const auto tracked = state_->tracked(handle);
    if (!gone) {
        tracked->second.being_destroyed = false;
        return failure_of(gone);
    }
    state_->cells.erase(tracked);
    report.peers_tracked_after = state_->cells.size();
    return report;
}

CELLOS_DECL Result<RecoveryReport> GVisorCellBackend::recover() {
    return sandbox::recover_cells(
        state_->host.state_path(),
        os::find_cgroup_hierarchies(state_->host.config().cgroup_parent),
        gvisor::runsc_root_flag
    );
}

CELLOS_DECL Result<std::string> GVisorCellBackend::shape_of(const ExecutionCellDocument& document) {
    const auto planned = gvisor::plan_on(state_->host, document);
    if (!planned) return failure_of(planned);
    return gvisor::shape_of(planned->plan, planned->host.cgroups);
}

CELLOS_DECL Result<gvisor::WarmSandbox> GVisorCellBackend::boot_warm(
    const ExecutionCellDocument& like, const PoolOptions& options, BootPace pace
) {
    auto planned = gvisor::plan_on(state_->host, like);
    if (!planned) return failure_of(planned);
    const GVisorConfig& config = state_->host.config();
    gvisor::Runsc runsc = planned->host.runsc;
    if (!config.warm_platform.empty()) {
        auto platform = gvisor::choose_platform(runsc.known_platforms, config.warm_platform);
        if (!platform) return failure_of(platform);
        runsc.platform = *std::move(platform);
    }
    return gvisor::boot_warm(std::move(planned->plan), planned->host, config, runsc, options, pace);
}

CELLOS_DECL Result<CellHandle> GVisorCellBackend::create_from(
    WarmSandbox& sandbox, const ExecutionCellDocument& document
) {
    auto planned = gvisor::plan_on(state_->host, document);
    if (!planned) return failure_of(planned);
    auto place = state_->take_place(planned->host);
    if (!place) return failure_of(place);
    auto caveats = gvisor::adopt_warm(
        sandbox.cell(), std::move(planned->plan), planned->host, state_->host.config()
    );
    if (!caveats) return failure_of(caveats);
    return state_->track(
        std::move(sandbox).take_cell(), *std::move(place), planned->host, *std::move(caveats)
    );
}

} // namespace cellos::inline CELLOS_ABI
