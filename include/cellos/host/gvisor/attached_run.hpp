#pragma once

#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/gvisor/cell.hpp>
#include <cellos/host/gvisor/control_socket.hpp>
#include <cellos/host/gvisor/outcome.hpp>
#include <cellos/host/gvisor/runsc.hpp>
#include <cellos/host/linux/attend.hpp>
#include <cellos/host/linux/stdio.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

/// @file
/// One attached `runsc run`: the only way to get an exit code out of runsc reliably (gvisor issue
/// 3276).

namespace cellos::inline v0::gvisor {

class AttachedRun {
public:
    /// Both must outlive this object.
    AttachedRun(Cell& cell, const Runsc& runsc) : cell_{cell}, runsc_{runsc} {}

    /// Blocks until the workload has ended or was made to; then its sandbox is dead as well.
    [[nodiscard]] Result<ExitStatus> operator()(const RunContext& context) {
        auto logs = Logs::make();
        auto stdio = open_stdio(context);
        if (!logs) return failure(std::move(logs).error());
        if (!stdio) return failure(std::move(stdio).error());

        os::SpawnRequest request{
            .program = runsc_.path,
            .argv = run_arguments(),
            .environment = runsc_environment(),
            .stdio = stdio->child_ends(),
            .extra = {logs->log.get(), logs->panic.get(), logs->debug.get()},
            .until_exec = {cell_.record_fd()},
        };
        if (const auto* group = cell_.group()) {
            request.cgroup = group->directory_fd();
            request.cgroups = group->other_procs_fds();
        }
        if (const auto* artifacts = cell_.artifacts())
            request.mounts.push_back({artifacts->root(), cell_.path() / "artifacts"});
        const AnySpan span = begin_span(runsc_.spans, "runsc run", context.document.spec.id);
        auto held = os::spawn(request);
        if (!held) return failure(std::move(held).error());
        cell_.set_runner(held->pid());
        auto runsc = std::move(*held).release();
        if (!runsc)
            return failure(CellosError::Kind::Host, "cannot start runsc: " + runsc.error().message);
        stdio->close_child_ends();

        const std::stop_callback stop{context.stop, os::Raise{cell_.abort_fd()}};
        const os::Wake wake = attend(*runsc, *stdio, context);
        if (wake != os::Wake::Ended) {
            if (auto ended = make_it_end(wake, *runsc, *stdio, context); !ended)
                return failure(std::move(ended).error());
        }
        auto status = runsc->reap();
        stdio->drain(wake == os::Wake::Ended ? context.deadline : os::Clock::now());
        if (!status) return failure(std::move(status).error());
        // Whom the kernel killed then, and what the rest made of it, tells nothing.
        if (memory() != nullptr && memory()->triggered())
            return ExitStatus::forced(ExitStatus::Kind::OutOfMemory);
        if (stdio->limit_exceeded()) return ExitStatus::signaled(SIGKILL);
        switch (wake) {
        case os::Wake::DeadlinePassed: return ExitStatus::forced(ExitStatus::Kind::TimedOut);
        case os::Wake::Stopped: return ExitStatus::forced(ExitStatus::Kind::Cancelled);
        default: break;
        }
        const std::string log = os::memory_file_text(logs->log.get());
        const std::string panic_log = os::memory_file_text(logs->panic.get());
        const std::string debug_log = os::memory_file_text(logs->debug.get());
        return classify_runsc_end({
            .signaled = status->signaled,
            .value = status->value,
            .log = log,
            .panic_log = panic_log,
            .debug_log = debug_log,
            .program = context.document.spec.run->argv.front(),
        });
    }

private:
    /// Where runsc says what its exit code leaves open. In memory: a full disk must not silence it.
    /// They are its descriptors 3, 4 and 5.
    struct Logs {
        os::Descriptor log;
        os::Descriptor panic;
        os::Descriptor debug;

        [[nodiscard]] static Result<Logs> make() {
            Logs logs;
            for (os::Descriptor* each : {&logs.log, &logs.panic, &logs.debug}) {
                auto file = os::make_memory_file("cellos-runsc-log");
                if (!file) return failure(std::move(file).error());
                *each = std::move(*file);
            }
            return logs;
        }
    };

    [[nodiscard]] std::vector<std::string> global_arguments() const {
        std::vector<std::string> arguments{"runsc", "--root=" + (cell_.path() / "runsc").native()};
        if (::geteuid() != 0) arguments.emplace_back("--rootless");
        return arguments;
    }

    [[nodiscard]] std::vector<std::string> run_arguments() const {
        auto arguments = global_arguments();
        for (std::string argument : {
                 "--platform=" + runsc_.platform,
                 std::string{"--network=none"},
                 // The cell's group is ours: made, joined and removed by us.
                 std::string{"--ignore-cgroups"},
                 std::string{"--log-fd=3"},
                 std::string{"--log-format=json"},
                 // --panic-log-fd is refused by `run`.
                 std::string{"--panic-log=/proc/self/fd/4"},
                 // Of `run` alone, and without --debug: two lines, one of them the wait status.
                 std::string{"--debug-log=/proc/self/fd/5"},
                 std::string{"--debug-command=run"},
                 std::string{"run"},
                 "--bundle=" + (cell_.path() / "bundle").native(),
                 cell_.id(),
             }) {
            arguments.push_back(std::move(argument));
        }
        return arguments;
    }

    [[nodiscard]] static Result<os::StdioBridge> open_stdio(const RunContext& context) {
        const Limits limits = context.document.spec.run->limits.value_or(Limits{});
        if (!limits.max_output_bytes)
            return os::StdioBridge::open(context.stdio, context.captured, os::Relay::Files);
        // What is to be counted has to come through here, wherever it goes.
        const auto most = static_cast<std::uint64_t>(*limits.max_output_bytes);
        return os::StdioBridge::open(context.stdio, context.captured, os::Relay::All, most);
    }

    [[nodiscard]] os::MemoryWatch* memory() {
        return cell_.group() != nullptr ? cell_.group()->memory() : nullptr;
    }

    [[nodiscard]] os::Wake attend(
        const os::ChildProcess& runsc, os::StdioBridge& stdio, const RunContext& context
    ) {
        const pollfd alarm = memory() != nullptr ? memory()->waited() : pollfd{-1, 0, 0};
        for (;;) {
            const os::Wake wake =
                os::attend(runsc.pidfd(), stdio, cell_.abort_fd(), context.deadline, alarm);
            if (wake != os::Wake::Alarm || memory()->triggered()) return wake;
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
            if (os::attend(runsc.pidfd(), stdio, stop_fd, until) == os::Wake::Ended) return {};
        }
        return cell_.end_processes();
    }

    /// SIGTERM to the workload: signals to `runsc run` are not forwarded. Whatever becomes of it,
    /// SIGKILL follows, so that no failure is told. Where the socket doesn't answer, the object
    /// holds a `runsc kill`, and ends that with itself.
    class Terminate {
    public:
        Terminate(const AttachedRun& run, os::Clock::time_point until) {
            constexpr std::chrono::milliseconds answer{100};
            if (signal_by_control_socket(
                    run.cell_.path() / "runsc",
                    run.cell_.id(),
                    SIGTERM,
                    std::min(until, os::Clock::now() + answer)
                ))
                return;
            auto arguments = run.global_arguments();
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
};

} // namespace cellos::inline v0::gvisor
