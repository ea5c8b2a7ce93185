#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/gvisor/bundle/system_rootfs.hpp>
#include <cellos/host/gvisor/bundle/warm_bundle.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/files.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/cell/limits.hpp>
#include <cellos/host/gvisor/run/attached_run.hpp>
#include <cellos/host/gvisor/run/handover.hpp>
#include <cellos/host/sandbox/artifacts.hpp>
#include <cellos/host/sandbox/places.hpp>
#include <cellos/host/sandbox/secrets.hpp>
#include <cellos/os/tool.hpp>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <poll.h>

/// @file
/// Sandboxes that are booted ahead of their cells: each serves one cell and ends with it, as a cold
/// one does.

namespace cellos::inline CELLOS_ABI::gvisor {

/// Finds the launcher: `configured`, or `cellos-launcher` beside the running program, where the
/// build puts it, or on the PATH.
template <class = IfUsed>
[[nodiscard]] Result<std::filesystem::path> find_launcher(const std::filesystem::path& configured) {
    constexpr const char* program = "cellos-launcher";
    std::error_code error;
    const auto beside = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    const char* path = std::getenv("PATH");
    const std::string search = beside.native() + ':' + (path != nullptr ? path : "");
    auto found = os::find_program(configured.empty() ? program : configured.native(), search);
    if (found) return std::filesystem::absolute(*found);
    return failure(
        CellosError::Kind::Host,
        found.error().message +
            ": sandboxes that wait need the launcher; build and install the CMake target "
            "cellos-launcher, or configure its path (PoolOptions::launcher)"
    );
}

/// What of a cell cannot be changed after its sandbox has booted, as a text: cells of one shape can
/// take each other's sandboxes. All else of a document is handed over, or set from outside. The
/// error says why no cell of this document can take one.
template <class = IfUsed>
[[nodiscard]] Result<std::string> shape_of(
    const ExecutionCellSpec& spec, const HostFacts& host, const GVisorConfig& config
) {
    const auto never = [](std::string why) {
        return failure(CellosError::Kind::Unsupported, std::move(why));
    };
    if (!spec.run) return never("there is nothing to run");
    if (config.user.uid == 0) return never("cells run as user 0, who could change its input files");
    const RunSpec& run = *spec.run;
    const Limits limits = run.limits.value_or(Limits{});
    std::string shape =
        "scratch " + std::to_string(limits.scratch_bytes.value_or(default_scratch_bytes));
    const BundleParameters parameters =
        detail::placement(spec, host, config, host.state_path, host.state_path);
    if (working_directory_is_scratch(run, config, parameters))
        shape += "\nworking directory " + working_directory(run);
    if (has_secret_files(spec)) shape += "\nsecret files";
    for (const ExportArtifact& artifact : spec.export_.value_or(ExportSpec{}).artifacts)
        shape += "\nartifacts " + artifact_directory(artifact);
    // A process joins the groups of cgroup version 1 one by one, and only before it has a sandbox
    // full of others does that cost nothing.
    const auto joins = [&](const char* controller) {
        return std::ranges::any_of(host.cgroups, [&](const os::CgroupHierarchy& hierarchy) {
            return hierarchy.has(controller) && !hierarchy.unified;
        });
    };
    if (limits.memory_max_bytes && joins("memory")) shape += "\nmemory limit";
    if (limits.cpu_max && joins("cpu")) shape += "\ncpu limit";
    return shape;
}

/// One sandbox that boots, or waits. Destroying it ends and removes it.
template <class = IfUsed>
class BasicSpare {
public:
    /// `must_prepare`: the command that prepares it has to succeed.
    BasicSpare(std::unique_ptr<Cell> cell, bool must_prepare)
        : cell_{std::move(cell)}, must_prepare_{must_prepare} {}

    /// What to poll for while it boots (first of all its readiness) and while it waits (its end).
    [[nodiscard]] std::array<pollfd, 2> waited() const noexcept {
        const WaitingLauncher& launcher = *cell_->waiting();
        return {
            {{ready_ ? -1 : launcher.pipes.stdout_end.get(), POLLIN, 0},
             {launcher.runsc.child.pidfd(), POLLIN, 0}}};
    }

    /// Whether it has booted; to be asked when what is waited for has happened. The error says why
    /// it never will.
    [[nodiscard]] Result<bool> is_ready() {
        WaitingLauncher& launcher = *cell_->waiting();
        if (!launcher.is_alive()) return failure(cause_of_death());
        if (ready_ || !os::is_ready(launcher.pipes.stdout_end.get(), POLLIN)) return ready_;
        launcher::Ready told;
        const ssize_t got = os::retry_on_interrupt([&] {
            return ::read(launcher.pipes.stdout_end.get(), &told, sizeof told);
        });
        if (got != sizeof told || told.magic != launcher::Ready::expected)
            return failure(cause_of_death());
        if (must_prepare_ && told.prepare_status != 0) {
            return failure(
                CellosError::Kind::SandboxFailed,
                "the command that prepares sandboxes ended with status " +
                    std::to_string(told.prepare_status) +
                    " (as wait(2) gives it): try it in a cell first"
            );
        }
        // Now, and not when it is handed over: a sandbox with systrap takes a connection in its
        // stride only while it has nothing else to do.
        launcher.question = WaitRequest::ask(cell_->path() / "runsc", cell_->id());
        ready_ = true;
        return true;
    }

    /// What it costs while it waits, in bytes of memory.
    [[nodiscard]] std::optional<std::uint64_t> memory_bytes() const {
        return cell_->group() != nullptr ? cell_->group()->resident_bytes() : std::nullopt;
    }

    [[nodiscard]] Cell& cell() noexcept { return *cell_; }
    [[nodiscard]] std::unique_ptr<Cell> take_cell() && { return std::move(cell_); }

private:
    [[nodiscard]] CellosError cause_of_death() const {
        auto launcher = cell_->take_waiting();
        static_cast<void>(cell_->end_processes());
        const std::string text = os::read_all(launcher->pipes.stderr_end.get()).value_or("");
        auto status = launcher->runsc.child.reap();
        if (!status) return status.error();
        const auto end = launcher->runsc.classify(*status, launcher_place);
        CellosError error{CellosError::Kind::SandboxFailed, "a sandbox died while it waited"};
        if (!end) error.message += ": " + end.error().message;
        return error;
    }

    std::unique_ptr<Cell> cell_;
    bool must_prepare_ = false;
    bool ready_ = false;
};

using Spare = BasicSpare<>;

/// Boots a sandbox for cells of the shape of `like`; returns at once. `host` must outlive it.
template <class = IfUsed>
[[nodiscard]] Result<Spare> boot_spare(
    const ExecutionCellDocument& like,
    const HostFacts& host,
    const GVisorConfig& config,
    const Runsc& runsc,
    SpareParameters spare
) {
    auto prepared = prepare_cell(like, host, config);
    if (!prepared) return failure_of(prepared);
    Cell& cell = **prepared;
    const Limits limits = like.spec.run.value_or(RunSpec{}).limits.value_or(Limits{});
    if (auto* group = cell.group()) {
        Result<void> reserved;
        if (limits.memory_max_bytes) reserved = group->reserve("memory");
        if (reserved && limits.cpu_max) reserved = group->reserve("cpu");
        if (!reserved) return failure_of(with_advice(std::move(reserved)));
    }
    const auto* rootfs = std::get_if<DirectoryRootfs>(&config.rootfs);
    spare.takes_inputs =
        rootfs == nullptr || std::filesystem::is_directory(rootfs->path / "inputs");
    const auto parameters =
        detail::placement(like.spec, host, config, cell.path(), cell.path() / "artifacts");
    const std::string text = generate_spare_config(like.spec, config, parameters, spare);
    if (auto written = os::write_new_file(cell.directory(), "bundle/config.json", text, 0600);
        !written)
        return failure_of(written);

    auto input = os::make_pipe();
    auto output = os::make_pipe();
    auto errors = os::make_pipe();
    for (const auto* pipe : {&input, &output, &errors})
        if (!*pipe) return failure_of(*pipe);
    const std::array<int, 3> ends{
        input->read_end.get(), output->write_end.get(), errors->write_end.get()};
    auto process = start_runsc(cell, runsc, ends, like.spec.id);
    if (!process) return failure_of(process);
    if (auto* group = cell.group()) group->seal();
    cell.wait_with({
        .runsc = *std::move(process),
        .pipes =
            {std::move(input->write_end), std::move(output->read_end), std::move(errors->read_end)},
        .takes_inputs = spare.takes_inputs,
    });
    return Spare{*std::move(prepared), !spare.prepare.empty()};
}

/// Makes a sandbox that waits the cell of `document`, whose shape it has. An error leaves it as it
/// was. What is returned are CellHandle::caveats.
template <class = IfUsed>
[[nodiscard]] Result<std::vector<std::string>> adopt_spare(
    Cell& cell,
    const ExecutionCellDocument& document,
    const HostFacts& host,
    const GVisorConfig& config
) {
    const ExecutionCellSpec& spec = document.spec;
    const RunSpec run = spec.run.value_or(RunSpec{});
    const Limits limits = run.limits.value_or(Limits{});
    if (auto possible = detail::check_safe_places(spec, host, config); !possible)
        return failure_of(possible);
    const auto* artifacts = cell.artifacts();
    const auto parameters =
        detail::placement(spec, host, config, cell.path(), artifacts ? artifacts->path() : "/");
    if (auto there = detail::check_places(run, config, parameters); !there)
        return failure_of(there);
    if (limits.memory_max_bytes && cell.group() != nullptr) {
        constexpr std::uint64_t least = std::uint64_t{16} << 20; // for the workload itself
        const auto used = cell.group()->memory_usage();
        if (used && static_cast<std::uint64_t>(*limits.memory_max_bytes) < *used + least) {
            return failure(
                CellosError::Kind::Unsupported,
                "its memory limit leaves too little beside what a sandbox that waits has in use"
            );
        }
    }
    auto caveats = limit_cell(cell, limits, config);
    if (!caveats) return caveats;
    if (host.system_rootfs) {
        if (auto named = name_host(cell.directory(), "root", hostname(spec.id)); !named)
            return failure_of(named);
    }
    if (auto renamed = cell.rename(spec.id); !renamed) return failure_of(renamed);
    return caveats;
}

namespace detail {

/// Why the run cannot be handed over to the sandbox that waits for it.
template <class = IfUsed>
[[nodiscard]] std::optional<std::string> handover_obstacle(
    const WaitingLauncher& launcher, const RunContext& context
) {
    if (!launcher.is_alive()) return "the sandbox that waited has died";
    if (!context.inputs.empty() && !launcher.takes_inputs)
        return "the rootfs has no directory /inputs for its input files";
    const auto* given = std::get_if<Descriptors>(&context.stdio);
    const Descriptors streams = std::holds_alternative<Inherit>(context.stdio)
                                    ? Descriptors{0, 1, 2}
                                    : (given ? *given : Descriptors{});
    for (const int fd : {streams.stdin_fd, streams.stdout_fd, streams.stderr_fd})
        if (fd >= 0 && ::isatty(fd) == 1) return "its standard streams are a terminal";
    return std::nullopt;
}

} // namespace detail

/// Runs the command in the sandbox that waits for it. Nothing: it cannot, for the reason that is in
/// `cold`; then the sandbox is gone, and the cell as good as new.
template <class = IfUsed>
[[nodiscard]] std::optional<Result<ExitStatus>> run_warm(
    Cell& cell, const Runsc& runsc, const RunContext& context, std::optional<std::string>& cold
) {
    auto launcher = cell.take_waiting();
    if (!launcher) return std::nullopt;
    cold = detail::handover_obstacle(*launcher, context);
    BundleParameters parameters;
    parameters.cgroup_limits_memory = cell.group() != nullptr && cell.group()->memory() != nullptr;
    auto handover = Handover::make(context, parameters);
    if (!handover && handover.error().kind == CellosError::Kind::Unsupported)
        cold = handover.error().message;
    if (cold) {
        launcher.reset();
        if (auto ended = cell.start_anew(); !ended) return failure_of(ended);
        return std::nullopt;
    }
    if (!handover) return failure_of(handover);
    auto stdio = os::StdioBridge::over(
        std::move(launcher->pipes),
        handover->take_pieces(),
        context.stdio,
        context.captured,
        output_limit(context)
    );
    if (!stdio) return failure_of(stdio);
    stdio->stderr_stream().expect_message(handover->nonce(), sizeof(launcher::Failure));
    auto end = AttachedRun{cell, runsc}.attend_warm(
        std::move(launcher->runsc), std::move(launcher->question), *stdio, context
    );
    const std::string& message = stdio->stderr_stream().message();
    if (!message.empty() && end && end->kind == ExitStatus::Kind::Exited)
        return failure(launcher_error(message, context.document.spec.run->argv.front()));
    return end;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
