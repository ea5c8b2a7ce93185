#pragma once

#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/gvisor/cell.hpp>
#include <cellos/host/gvisor/outcome.hpp>
#include <cellos/host/gvisor/runsc.hpp>
#include <cellos/host/linux/stdio.hpp>
#include <cellos/host/linux/wait.hpp>

#include <chrono>
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
    /// All three must outlive this object.
    AttachedRun(Cell& cell, const Runsc& runsc, const GVisorConfig& config)
        : cell_{cell}, runsc_{runsc}, config_{config} {}

    /// Blocks until the workload has ended or was made to; then its sandbox is dead as well.
    [[nodiscard]] Result<ExitStatus> operator()(const RunContext& context) {
        auto logs = Logs::make();
        auto stdio = os::StdioBridge::open(context.stdio, context.captured, os::Relay::Files);
        if (!logs) return failure(std::move(logs).error());
        if (!stdio) return failure(std::move(stdio).error());

        os::SpawnRequest request{
            .program = runsc_.path,
            .argv = run_arguments(),
            .environment = runsc_environment(),
            .stdio = stdio->child_ends(),
            .extra = {logs->log.get(), logs->panic.get(), logs->debug.get()},
        };
        if (cell_.group() != nullptr) request.cgroups.push_back(cell_.group()->procs_fd());
        auto held = os::spawn(request);
        if (!held) return failure(std::move(held).error());
        cell_.set_runner(held->pid());
        auto runsc = std::move(*held).release();
        if (!runsc)
            return failure(CellosError::Kind::Host, "cannot start runsc: " + runsc.error().message);
        stdio->close_child_ends();

        const std::stop_callback stop{context.stop, os::Raise{cell_.abort_fd()}};
        const os::Wake wake =
            os::attend(runsc->pidfd(), *stdio, cell_.abort_fd(), context.deadline);
        if (wake != os::Wake::Ended) {
            if (auto ended = make_it_end(*runsc, *stdio, context); !ended)
                return failure(std::move(ended).error());
        }
        auto status = runsc->reap();
        stdio->drain();
        if (!status) return failure(std::move(status).error());
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
        return {"runsc", "--root=" + (cell_.path() / "runsc").native()};
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

    /// SIGTERM first where the document gives the workload time for it, then SIGKILL for all.
    [[nodiscard]] Result<void> make_it_end(
        os::ChildProcess& runsc, os::StdioBridge& stdio, const RunContext& context
    ) {
        const auto& limits = context.document.spec.run->limits;
        const std::chrono::seconds grace{
            limits ? limits->graceful_shutdown_seconds.value_or(0) : 0};
        if (grace.count() > 0) {
            auto arguments = global_arguments();
            arguments.insert(arguments.end(), {"kill", cell_.id(), "TERM"});
            const auto until = os::Clock::now() + grace;
            // Signals to `runsc run` are not forwarded. If this call fails, SIGKILL follows all the
            // same.
            static_cast<void>(os::run_tool(
                {.program = runsc_.path,
                 .argv = std::move(arguments),
                 .environment = runsc_environment()},
                std::min(until, os::Clock::now() + config_.runsc_deadline)
            ));
            if (os::attend(runsc.pidfd(), stdio, -1, until) == os::Wake::Ended) return {};
        }
        return cell_.end_processes();
    }

    Cell& cell_;
    const Runsc& runsc_;
    const GVisorConfig& config_;
};

} // namespace cellos::inline v0::gvisor
