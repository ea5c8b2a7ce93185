#pragma once

#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/limits.hpp>
#include <cellos/host/gvisor/run/command_process.hpp>
#include <cellos/host/gvisor/run/command_run.hpp>
#include <cellos/host/gvisor/run/conversation.hpp>
#include <cellos/os/stdio.hpp>
#include <cellos/os/wait.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <stop_token>
#include <utility>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

/// Until the workload has been loaded: Tell; or why not.
[[nodiscard]] inline Result<News> begin_workload(
    Conversation& talk,
    CommandProcess& command,
    sandbox::agent::InputList inputs,
    const RunContext& context,
    const Patience& patience
) {
    auto news = talk.store(std::move(inputs), context.secrets, patience);
    if (!news || *news != News::Tell) return news;
    if (auto applied = apply_limits(talk.cell()); !applied) return failure_of(applied);
    return command.start(patience);
}

/// Makes the workload end, if it has not.
inline void end_workload(Cell& cell, CommandProcess& command, News why, const RunContext& context) {
    if (why == News::Tell || why == News::SandboxEnded || why == News::OutOfMemory) return;
    const bool has_time = why == News::DeadlinePassed || why == News::Stopped;
    if (has_time && cell.plan().grace.count() > 0) {
        // The next stop cuts the grace short, after a time-out the first one, and nothing outlives
        // the cell. Without an event the grace is only longer.
        const auto hurry = os::make_event();
        const int hurry_fd = hurry ? hurry->get() : -1;
        const std::stop_callback stop_now{context.stop_now, os::Raise{hurry_fd}};
        const Patience grace{
            .stop_fd = why == News::Stopped ? hurry_fd : cell.abort_fd(),
            .deadline = (std::min)(os::Clock::now() + cell.plan().grace, context.cell_deadline)};
        if (command.ends_after(SIGTERM, grace)) return;
    }
    // Without an answer in this time all of the sandbox is ended as it is.
    constexpr std::chrono::milliseconds answer{100};
    static_cast<void>(command.ends_after(SIGKILL, {.deadline = os::Clock::now() + answer}));
}

[[nodiscard]] inline Result<ExitStatus> run_workload(
    Conversation& talk, CommandProcess& command, const RunContext& context
) {
    Patience patience{.stop_fd = talk.cell().abort_fd(), .deadline = context.cell_deadline};
    const auto begun = os::Clock::now();
    auto inputs = sandbox::agent::InputList::of(context.inputs); // while the sandbox boots
    if (!inputs) return failure_of(inputs);
    auto news = talk.wait_until_ready(patience);
    const auto ready = os::Clock::now();
    if (news && *news == News::Tell)
        news = begin_workload(talk, command, *std::move(inputs), context, patience);
    if (!news) return failure_of(news);
    if (*news == News::Tell) {
        patience.deadline = context.deadline_from(command.started_at());
        news = command.wait(patience);
        if (!news) return failure_of(news);
    }
    end_workload(talk.cell(), command, *news, context);
    if (const auto usage = command.usage()) {
        context.report.usage = usage;
        context.report.phases = RunPhases{
            .boot = ready - begun, .hand_over = command.started_at() - ready, .run = usage->wall};
    }
    return command.end_by(*news, patience);
}

} // namespace detail

CELLOS_DECL Result<ExitStatus> run_command(
    Cell& cell, Sandbox& sandbox, const RunContext& context
) {
    auto stdio = os::StdioBridge::piped(
        context.stdio,
        context.report.output,
        cell.plan().max_output_bytes.value_or(os::StdioBridge::unlimited)
    );
    if (!stdio) return failure_of(stdio);
    Conversation talk{cell, sandbox};
    auto call = talk.call();
    if (!call) return failure_of(call);
    CommandProcess command{
        talk,
        *std::move(call),
        *std::move(stdio),
        command_of(cell.plan(), cell.enforced(), context.secrets)};
    const std::stop_callback stop{context.stop, os::Raise{cell.abort_fd()}};
    auto end = detail::run_workload(talk, command, context);
    if (auto gone = cell.end_processes(); !gone) return failure_of(gone);
    command.stdio().drain();
    context.report.output_error = command.stdio().delivery_error();
    return end;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
