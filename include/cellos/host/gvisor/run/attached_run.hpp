#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/runsc/control_socket.hpp>
#include <cellos/host/gvisor/runsc/outcome.hpp>
#include <cellos/host/gvisor/runsc/process.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/os/attend.hpp>
#include <cellos/os/stdio.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// @file
/// One attached `runsc run`: the only way to get an exit code out of runsc reliably (gvisor issue
/// 3276).

namespace cellos::inline CELLOS_ABI::gvisor {

/// Starts a `runsc run` of the cell's bundle with these standard streams. `cell_id` is the
/// document's.
template <class = IfUsed>
[[nodiscard]] Result<RunscProcess> start_runsc(
    Cell& cell, const Runsc& runsc, std::array<int, 3> stdio, std::string_view cell_id
) {
    auto logs = RunscLogs::make();
    if (!logs) return failure_of(logs);
    os::SpawnRequest request{
        .program = runsc.path,
        .argv = runsc_run_arguments(cell.path(), cell.id(), runsc.platform, cell.mounted_files()),
        .environment = runsc_environment(),
        .stdio = stdio,
        .extra = {logs->log.get(), logs->panic.get(), logs->debug.get()},
        // A file that the workload has looked at is a descriptor of the gofer's or the sentry's.
        .room_for_descriptors = 1024,
        .until_exec = {cell.record_fd()},
    };
    if (const auto* group = cell.group()) {
        request.cgroup = group->directory_fd();
        request.cgroups = group->joined_procs_fds();
    }
    if (const auto* artifacts = cell.artifacts())
        request.mounts.push_back({artifacts->root(), cell.path() / "artifacts"});
    RunscProcess process{
        .span = begin_span(runsc.spans, "runsc run", cell_id),
        .logs = *std::move(logs),
        .child = {}};
    auto held = os::spawn(request);
    if (!held) return failure_of(held);
    cell.set_runner(held->pid());
    auto child = std::move(*held).release();
    if (!child)
        return failure(CellosError::Kind::Host, "cannot start runsc: " + child.error().message);
    process.child = *std::move(child);
    return process;
}

/// How much the document lets its workload write.
template <class = IfUsed>
[[nodiscard]] std::uint64_t output_limit(const RunContext& context) {
    const auto most = context.document.spec.run->limits.value_or(Limits{}).max_output_bytes;
    return most ? static_cast<std::uint64_t>(*most) : os::StdioBridge::unlimited;
}

template <class = IfUsed>
class BasicAttachedRun {
public:
    /// Both must outlive this object.
    BasicAttachedRun(Cell& cell, const Runsc& runsc) : cell_{cell}, runsc_{runsc} {}

    /// Boots the sandbox and runs the command in it. Blocks until the workload has ended or was
    /// made to; then its sandbox is dead as well.
    [[nodiscard]] Result<ExitStatus> operator()(const RunContext& context) {
        auto stdio = open_stdio(context);
        if (!stdio) return failure_of(stdio);
        auto runsc = start_runsc(cell_, runsc_, stdio->child_ends(), context.document.spec.id);
        if (!runsc) return failure_of(runsc);
        stdio->close_child_ends();
        return attend(*std::move(runsc), *stdio, context);
    }

    /// The same for a sandbox that was booted before, and that is told through the bridge what to
    /// run. Once it has answered how the workload ended, it is made to end: what it and runsc do to
    /// end by themselves takes longer.
    [[nodiscard]] Result<ExitStatus> attend_warm(
        RunscProcess runsc, WaitRequest question, os::StdioBridge& stdio, const RunContext& context
    ) {
        question_ = std::move(question);
        return attend(std::move(runsc), stdio, context);
    }

private:
    [[nodiscard]] Result<ExitStatus> attend(
        RunscProcess runsc, os::StdioBridge& stdio, const RunContext& context
    ) {
        const std::stop_callback stop{context.stop, os::Raise{cell_.abort_fd()}};
        const os::Wake wake = wait(runsc.child, stdio, cell_.abort_fd(), context.deadline);
        if (wake != os::Wake::Ended) {
            if (auto ended = make_it_end(wake, runsc.child, stdio, context); !ended)
                return failure_of(ended);
        }
        auto status = runsc.child.reap();
        const bool by_itself = wake == os::Wake::Ended || told_;
        stdio.drain(by_itself ? context.deadline : os::Clock::now());
        if (!status) return failure_of(status);
        // Whom the kernel killed then, and what the rest made of it, tells nothing.
        if (memory() != nullptr && memory()->triggered())
            return ExitStatus::forced(ExitStatus::Kind::OutOfMemory);
        if (stdio.limit_exceeded()) return ExitStatus::signaled(SIGKILL);
        switch (wake) {
        case os::Wake::DeadlinePassed: return ExitStatus::forced(ExitStatus::Kind::TimedOut);
        case os::Wake::Stopped: return ExitStatus::forced(ExitStatus::Kind::Cancelled);
        default: break;
        }
        if (told_) return exit_status_of(*told_);
        return runsc.classify(*status, context.document.spec.run->argv.front());
    }

    [[nodiscard]] static Result<os::StdioBridge> open_stdio(const RunContext& context) {
        // What is to be counted has to come through here, wherever it goes.
        const std::uint64_t most = output_limit(context);
        const auto relay = most == os::StdioBridge::unlimited ? os::Relay::Files : os::Relay::All;
        return os::StdioBridge::open(context.stdio, context.captured, relay, most);
    }

    [[nodiscard]] os::MemoryWatch* memory() {
        return cell_.group() != nullptr ? cell_.group()->memory() : nullptr;
    }

    /// Alarm: out of memory, or the sandbox has told how the workload ended.
    [[nodiscard]] os::Wake wait(
        const os::ChildProcess& runsc,
        os::StdioBridge& stdio,
        int stop_fd,
        os::Clock::time_point deadline
    ) {
        const pollfd oom = memory() != nullptr ? memory()->waited() : pollfd{-1, 0, 0};
        for (;;) {
            const os::Wake wake =
                os::attend(runsc.pidfd(), stdio, stop_fd, deadline, {oom, question_.waited()});
            if (wake != os::Wake::Alarm) return wake;
            if (memory() != nullptr && memory()->triggered()) return wake;
            if (os::is_ready(question_.waited().fd, POLLIN)) told_ = question_.answer();
            if (told_) return wake;
        }
    }

    /// SIGTERM first where the document gives the workload time for it and it has done nothing to
    /// lose that, then SIGKILL for all.
    [[nodiscard]] Result<void> make_it_end(
        os::Wake wake, os::ChildProcess& runsc, os::StdioBridge& stdio, const RunContext& context
    ) {
        const auto& limits = context.document.spec.run->limits;
        const std::chrono::seconds grace{
            limits ? limits->graceful_shutdown_seconds.value_or(0) : 0};
        const bool polite = wake == os::Wake::DeadlinePassed || wake == os::Wake::Stopped;
        if (polite && grace.count() > 0) {
            const auto until = os::Clock::now() + grace;
            // A stop cuts the grace after a time-out short.
            const int stop_fd = wake == os::Wake::Stopped ? -1 : cell_.abort_fd();
            const Terminate terminate{*this, until};
            if (wait(runsc, stdio, stop_fd, until) == os::Wake::Ended) return {};
        }
        return cell_.end_processes();
    }

    /// SIGTERM to the workload: signals to `runsc run` are not forwarded. Whatever becomes of it,
    /// SIGKILL follows, so that no failure is told. Where the socket doesn't answer, the object
    /// holds a `runsc kill`, and ends that with itself.
    class Terminate {
    public:
        Terminate(const BasicAttachedRun& run, os::Clock::time_point until) {
            constexpr std::chrono::milliseconds answer{100};
            if (signal_by_control_socket(
                    run.cell_.path() / "runsc",
                    run.cell_.id(),
                    SIGTERM,
                    std::min(until, os::Clock::now() + answer)
                ))
                return;
            auto arguments = runsc_arguments(run.cell_.path());
            arguments.insert(arguments.end(), {"kill", run.cell_.id(), "TERM"});
            os::SpawnRequest request{
                .program = run.runsc_.path,
                .argv = std::move(arguments),
                .environment = runsc_environment(),
            };
            // So that it ends with the cell if this process does not live to see to it.
            if (const auto* group = run.cell_.group()) request.cgroup = group->directory_fd();
            span_ = begin_span(run.runsc_.spans, "runsc kill", {});
            auto held = os::spawn(request);
            if (!held) return;
            if (auto child = std::move(*held).release()) kill_ = std::move(*child);
        }

    private:
        AnySpan span_; // ends after the process
        os::ChildProcess kill_;
    };

    Cell& cell_;
    const Runsc& runsc_;
    WaitRequest question_;
    std::optional<unsigned> told_; ///< the workload's wait status, by the sandbox itself
};

using AttachedRun = BasicAttachedRun<>;

} // namespace cellos::inline CELLOS_ABI::gvisor
