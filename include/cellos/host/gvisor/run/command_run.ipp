#pragma once

#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/limits.hpp>
#include <cellos/host/gvisor/run/command_run.hpp>
#include <cellos/host/gvisor/run/exec.hpp>
#include <cellos/host/sandbox/agent/tell.hpp>
#include <cellos/os/memory_watch.hpp>
#include <cellos/os/pump.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <stop_token>
#include <utility>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// Null while nothing tells that the cell is out of memory.
[[nodiscard]] inline os::MemoryWatch* memory_watch(Cell& cell) {
    return cell.group() != nullptr ? cell.group()->memory() : nullptr;
}

// A cell runs one command; what belongs to none has the id 0.
inline constexpr std::uint32_t command_id = 1;

[[nodiscard]] constexpr std::uint32_t id_of(sandbox::agent::Kind kind) noexcept {
    using enum sandbox::agent::Kind;
    return kind == Started || kind == Ended ? command_id : 0;
}

} // namespace detail

CELLOS_DECL CommandRun::CommandRun(Cell& cell, Sandbox& sandbox, const RunContext& context)
    : cell_{cell},
      sandbox_{sandbox},
      context_{context},
      meter_{cell.group()},
      deadline_{context.cell_deadline} {}

CELLOS_DECL Result<ExitStatus> CommandRun::operator()() {
    const std::stop_callback stop{context_.stop, os::Raise{cell_.abort_fd()}};
    auto end = run();
    if (auto gone = cell_.end_processes(); !gone) return failure_of(gone);
    if (stdio_) {
        stdio_->drain();
        context_.report.output_error = stdio_->delivery_error();
    }
    return end;
}

inline Result<ExitStatus> CommandRun::run() {
    const auto begun = os::Clock::now();
    auto stdio = os::StdioBridge::piped(
        context_.stdio,
        context_.report.output,
        cell_.plan().max_output_bytes.value_or(os::StdioBridge::unlimited)
    );
    if (!stdio) return failure_of(stdio);
    stdio_ = *std::move(stdio);

    auto news = sandbox_.is_ready ? Result<News>{News::Tell} : await(sandbox::agent::Kind::Ready);
    if (!news) return failure_of(news);
    if (*news != News::Tell) return end_by(*news);
    sandbox_.is_ready = true;
    const auto ready = os::Clock::now();
    news = prepare();
    if (!news) return failure_of(news);
    if (*news != News::Tell) return end_by(*news);
    if (auto asked = ask_for_command(); !asked) return failure_of(asked);
    news = await(sandbox::agent::Kind::Started);
    if (!news) return failure_of(news);
    if (*news != News::Tell) return end_by(*news);
    meter_.started();
    deadline_ = context_.deadline_from(meter_.started_at());
    news = await(sandbox::agent::Kind::Ended);
    if (!news) return failure_of(news);
    if (*news == News::Tell) ended_ = tell_;
    auto end = end_by(*news);
    context_.report.phases = RunPhases{
        .boot = ready - begun,
        .hand_over = meter_.started_at() - ready,
        .run = context_.report.usage->wall};
    return end;
}

// All that must be in the sandbox before what the workload uses is counted.
inline Result<CommandRun::News> CommandRun::prepare() {
    Result<News> news = News::Tell;
    if (!context_.inputs.empty()) {
        auto request = sandbox::agent::put_inputs(context_.inputs);
        if (!request) return failure_of(request);
        sandbox_.channel.send(*std::move(request));
        news = await(sandbox::agent::Kind::Stored);
        if (!news || *news != News::Tell) return news;
    }
    if (cell_.plan().secrets == SecretsAs::Files) {
        sandbox_.channel.send(sandbox::agent::put_secrets(context_.secrets, cell_.plan().user));
        news = await(sandbox::agent::Kind::Stored);
    }
    return news;
}

inline Result<void> CommandRun::ask_for_command() {
    auto request = request_of(cell_, context_, detail::command_id, *stdio_);
    if (!request) return failure_of(request);
    if (auto applied = apply_limits(cell_); !applied) return applied;
    meter_.begin();
    if (const auto most = cell_.enforced().cpu_time) {
        constexpr std::chrono::nanoseconds nothing_yet{0};
        cpu_budget_.emplace(*most, nothing_yet, os::usable_processors());
    }
    sandbox_.channel.send(*std::move(request));
    stdio_->close_child_ends();
    return {};
}

inline Result<ExitStatus> CommandRun::end_by(News news) {
    if (news != News::Tell) end_workload(news);
    if (has_started()) context_.report.usage = meter_.read(ended_ ? &*ended_ : nullptr);
    // What it wrote may still be on its way, to a reader that takes its time.
    if (news == News::Tell)
        static_cast<void>(os::pump_output(*stdio_, cell_.abort_fd(), deadline_));
    // Whom the kernel killed then, and what the rest made of it, tells nothing.
    if (auto* memory = detail::memory_watch(cell_); memory != nullptr && memory->triggered())
        news = News::OutOfMemory;
    else if (stdio_->limit_exceeded())
        news = News::OutputLimit;
    using enum ExitStatus::Kind;
    switch (news) {
    case News::Tell: return sandbox::agent::exit_status_of(*ended_);
    case News::DeadlinePassed: return ExitStatus::forced(TimedOut);
    case News::Stopped: return ExitStatus::forced(Cancelled);
    case News::CpuTimeUsed: return ExitStatus::forced(CpuTimeExceeded);
    case News::OutputLimit: return ExitStatus::forced(OutputLimitExceeded);
    case News::OutOfMemory: return ExitStatus::forced(OutOfMemory);
    case News::SandboxEnded: break;
    }
    return failure(cause_of_death());
}

// Goes on until the agent has told this; what it tells out of turn is no agent's.
inline Result<CommandRun::News> CommandRun::await(sandbox::agent::Kind kind) {
    using sandbox::agent::Kind;
    const News news = wait(cell_.abort_fd(), deadline_);
    if (news != News::Tell) return news;
    const bool in_turn = tell_.id == detail::id_of(kind);
    if (in_turn && tell_.kind == kind) return news;
    const CellPlan& plan = cell_.plan();
    if (in_turn && tell_.kind == Kind::Failed && kind != Kind::Ready && kind != Kind::Ended)
        return failure(
            sandbox::agent::error_of(tell_, plan.argv.front(), plan.working_directory.path)
        );
    return failure(CellosError::Kind::SandboxFailed, "the sandbox's agent spoke out of turn");
}

inline CommandRun::News CommandRun::wait(int stop_fd, os::Clock::time_point deadline) {
    auto* const memory = detail::memory_watch(cell_);
    const pollfd oom = memory != nullptr ? memory->waited() : pollfd{-1, 0, 0};
    for (;;) {
        const auto used = cpu_used();
        if (used && cpu_budget_->is_spent(*used)) return News::CpuTimeUsed;
        const auto next_look =
            used ? cpu_budget_->next_look(*used, os::Clock::now()) : os::Clock::time_point::max();
        const os::Wake wake = os::pump_until(
            sandbox_.runsc.child.pidfd(),
            *stdio_,
            stop_fd,
            std::min(deadline, next_look),
            {oom, sandbox_.channel.waited()}
        );
        switch (wake) {
        case os::Wake::OutputLimit: return News::OutputLimit;
        case os::Wake::Stopped: return News::Stopped;
        case os::Wake::DeadlinePassed: break; // or the next look at processor time is due
        case os::Wake::Alarm:
            if (memory != nullptr && memory->triggered()) return News::OutOfMemory;
            if (const auto news = news_from_agent()) return *news;
            break;
        // Its last word may be there all the same.
        case os::Wake::Ended: return news_from_agent().value_or(News::SandboxEnded);
        }
        // A request that is still on its way is an alarm that hides both.
        if (stop_fd >= 0 && os::is_ready(stop_fd, POLLIN)) return News::Stopped;
        if (os::Clock::now() >= deadline) return News::DeadlinePassed;
    }
}

inline std::optional<CommandRun::News> CommandRun::news_from_agent() {
    auto tell = sandbox_.channel.pump();
    if (!tell) return News::SandboxEnded;
    if (!*tell) return std::nullopt;
    tell_ = **tell;
    return News::Tell;
}

inline bool CommandRun::has_started() const noexcept {
    return meter_.started_at() != os::Clock::time_point{};
}

// Nothing where there is no budget to compare it with.
inline std::optional<std::chrono::nanoseconds> CommandRun::cpu_used() const {
    return cpu_budget_ ? meter_.cpu_time() : std::nullopt;
}

inline void CommandRun::end_workload(News why) {
    if (why == News::SandboxEnded || why == News::OutOfMemory) return;
    const bool has_time = why == News::DeadlinePassed || why == News::Stopped;
    if (has_time && cell_.plan().grace.count() > 0) {
        // A stop cuts the grace after a time-out short, and nothing outlives the cell.
        const int stop_fd = why == News::Stopped ? -1 : cell_.abort_fd();
        const auto until = std::min(os::Clock::now() + cell_.plan().grace, context_.cell_deadline);
        if (ends_after(SIGTERM, stop_fd, until)) return;
    }
    // Without an answer in this time all of the sandbox is ended as it is.
    constexpr std::chrono::milliseconds answer{100};
    static_cast<void>(ends_after(SIGKILL, -1, os::Clock::now() + answer));
}

inline bool CommandRun::ends_after(int signal, int stop_fd, os::Clock::time_point deadline) {
    if (!has_started()) return true;
    cpu_budget_.reset(); // what more it uses changes nothing
    sandbox_.channel.send(sandbox::agent::signal_request(detail::command_id, signal));
    News news = News::OutputLimit;
    // Nor does more output; but a sandbox that obeys nobody may write for ever.
    while (news == News::OutputLimit && os::Clock::now() < deadline) news = wait(stop_fd, deadline);
    if (news == News::SandboxEnded) return true;
    if (news != News::Tell || tell_.kind != sandbox::agent::Kind::Ended ||
        tell_.id != detail::command_id)
        return false;
    ended_ = tell_;
    return true;
}

inline CellosError CommandRun::cause_of_death() {
    // runsc writes down what it knows of the end before it ends itself.
    constexpr std::chrono::seconds last_words{1};
    static_cast<void>(os::wait_readable(sandbox_.runsc.child.pidfd(), os::Clock::now() + last_words)
    );
    return sandbox_.runsc.reap_the_dead();
}

} // namespace cellos::inline CELLOS_ABI::gvisor
