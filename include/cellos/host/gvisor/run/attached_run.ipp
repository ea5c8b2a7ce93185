#pragma once

#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/run/attached_run.hpp>
#include <cellos/host/gvisor/run/start_runsc.hpp>
#include <cellos/host/gvisor/runsc/outcome.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/os/memory_watch.hpp>
#include <cellos/os/pump.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/wait.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <stop_token>
#include <utility>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

[[nodiscard]] inline Result<os::StdioBridge> open_stdio(
    const CellPlan& plan, const RunContext& context
) {
    // What is to be counted has to come through here, wherever it goes.
    const std::uint64_t most = output_limit(plan);
    const auto relay = most == os::StdioBridge::unlimited ? os::Relay::Files : os::Relay::All;
    return os::StdioBridge::open(context.stdio, context.report.output, relay, most);
}

[[nodiscard]] inline CellRef traced_as(const RunContext& context) noexcept {
    return {.cell_id = context.document.spec.id, .run_id = context.run_id};
}

// Null where nothing tells that the cell is out of memory.
[[nodiscard]] inline os::MemoryWatch* memory_watch(Cell& cell) {
    return cell.group() != nullptr ? cell.group()->memory() : nullptr;
}

// SIGTERM to the workload: signals to `runsc run` are not forwarded. Whatever becomes of it,
// SIGKILL follows, so that no failure is told. Where the socket doesn't answer, the object
// holds a `runsc kill`, and ends that with itself.
class Terminate {
public:
    Terminate(
        Cell& cell, const Runsc& runsc, os::Clock::time_point until, const CellRef& traced_as
    ) {
        constexpr std::chrono::milliseconds answer{100};
        if (signal_by_control_socket(
                cell.path() / "runsc",
                cell.id(),
                SIGTERM,
                std::min(until, os::Clock::now() + answer)
            ))
            return;
        auto arguments = runsc_arguments(cell.path());
        arguments.insert(arguments.end(), {"kill", cell.id(), "TERM"});
        os::SpawnRequest request{
            .program = runsc.path,
            .argv = std::move(arguments),
            .environment = runsc_environment(),
        };
        // So that it ends with the cell if this process does not live to see to it.
        if (const auto* group = cell.group()) request.cgroup = group->directory_fd();
        span_ = begin_span(runsc.spans, "runsc kill", traced_as);
        auto held = os::spawn(request);
        if (!held) return;
        if (auto child = std::move(*held).release()) kill_ = std::move(*child);
    }

private:
    AnySpan span_; // ends after the process
    os::ChildProcess kill_;
};

} // namespace detail

CELLOS_DECL std::uint64_t output_limit(const CellPlan& plan) {
    return plan.max_output_bytes.value_or(os::StdioBridge::unlimited);
}

CELLOS_DECL AttachedRun::AttachedRun(Cell& cell, const Runsc& runsc) : cell_{cell}, runsc_{runsc} {}

CELLOS_DECL Result<ExitStatus> AttachedRun::operator()(const RunContext& context) {
    auto stdio = detail::open_stdio(cell_.plan(), context);
    if (!stdio) return failure_of(stdio);
    auto runsc = start_runsc(cell_, runsc_, stdio->child_ends(), detail::traced_as(context));
    if (!runsc) return failure_of(runsc);
    stdio->close_child_ends();
    return run_to_end(*std::move(runsc), *stdio, context);
}

CELLOS_DECL Result<ExitStatus> AttachedRun::run_warm_to_end(
    RunscProcess runsc, WaitRequest question, os::StdioBridge& stdio, const RunContext& context
) {
    question_ = std::move(question);
    return run_to_end(std::move(runsc), stdio, context);
}

inline Result<ExitStatus> AttachedRun::run_to_end(
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
    if (auto* memory = detail::memory_watch(cell_); memory != nullptr && memory->triggered())
        return ExitStatus::forced(ExitStatus::Kind::OutOfMemory);
    if (stdio.limit_exceeded()) return ExitStatus::signaled(SIGKILL);
    switch (wake) {
    case os::Wake::DeadlinePassed: return ExitStatus::forced(ExitStatus::Kind::TimedOut);
    case os::Wake::Stopped: return ExitStatus::forced(ExitStatus::Kind::Cancelled);
    default: break;
    }
    if (told_) return exit_status_of(*told_);
    return runsc.classify(*status, cell_.plan().argv.front());
}

// Alarm: out of memory, or the sandbox has told how the workload ended.
inline os::Wake AttachedRun::wait(
    const os::ChildProcess& runsc,
    os::StdioBridge& stdio,
    int stop_fd,
    os::Clock::time_point deadline
) {
    auto* const memory = detail::memory_watch(cell_);
    const pollfd oom = memory != nullptr ? memory->waited() : pollfd{-1, 0, 0};
    for (;;) {
        const os::Wake wake =
            os::pump_until(runsc.pidfd(), stdio, stop_fd, deadline, {oom, question_.waited()});
        if (wake != os::Wake::Alarm) return wake;
        if (memory != nullptr && memory->triggered()) return wake;
        if (os::is_ready(question_.waited().fd, POLLIN)) told_ = question_.answer();
        if (told_) return wake;
    }
}

// SIGTERM first where the plan gives the workload time for it and it has done nothing to
// lose that, then SIGKILL for all.
inline Result<void> AttachedRun::make_it_end(
    os::Wake wake, os::ChildProcess& runsc, os::StdioBridge& stdio, const RunContext& context
) {
    const std::chrono::seconds grace = cell_.plan().grace;
    const bool polite = wake == os::Wake::DeadlinePassed || wake == os::Wake::Stopped;
    if (polite && grace.count() > 0) {
        const auto until = os::Clock::now() + grace;
        // A stop cuts the grace after a time-out short.
        const int stop_fd = wake == os::Wake::Stopped ? -1 : cell_.abort_fd();
        const detail::Terminate terminate{cell_, runsc_, until, detail::traced_as(context)};
        if (wait(runsc, stdio, stop_fd, until) == os::Wake::Ended) return {};
    }
    return cell_.end_processes();
}

} // namespace cellos::inline CELLOS_ABI::gvisor
