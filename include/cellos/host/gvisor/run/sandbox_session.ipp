#pragma once

#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/cell/limits.hpp>
#include <cellos/host/gvisor/cell/placement.hpp>
#include <cellos/host/gvisor/run/command_process.hpp>
#include <cellos/host/gvisor/run/conversation.hpp>
#include <cellos/host/gvisor/run/run_scope.hpp>
#include <cellos/host/gvisor/run/sandbox_session.hpp>
#include <cellos/host/gvisor/run/usage_meter.hpp>
#include <cellos/host/sandbox/agent/input_list.hpp>
#include <cellos/os/stdio.hpp>
#include <cellos/os/wait.hpp>

#include <chrono>
#include <csignal>
#include <utility>

namespace cellos::inline CELLOS_ABI::gvisor {

struct SandboxSession::State {
    State(std::shared_ptr<Cell> its_cell, Sandbox its_sandbox, Host& its_host, SessionContext& its)
        : cell{std::move(its_cell)},
          sandbox{std::move(its_sandbox)},
          host{its_host},
          context{its} {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (scope.begun) static_cast<void>(cell->end_processes());
    }

    std::shared_ptr<Cell> cell;
    RunScope scope{*cell};
    Sandbox sandbox;
    Conversation talk{*cell, sandbox};
    Host& host;
    SessionContext& context;
    UsageMeter meter{cell->group(), false}; ///< of all commands
};

namespace detail {

// Why a sandbox did not get to where it should have got.
[[nodiscard]] inline tl::unexpected<CellosError> interrupted_by(News news, Conversation& talk) {
    switch (news) {
    case News::DeadlinePassed:
        return failure(CellosError::Kind::Cancelled, "the cell's time to live is over");
    case News::Stopped: return failure(CellosError::Kind::Cancelled, "stopped before it had begun");
    case News::OutOfMemory:
        return failure(CellosError::Kind::SandboxFailed, "the cell is out of memory");
    case News::CpuTimeUsed:
        return failure(CellosError::Kind::Cancelled, "the cell's processor time is used up");
    case News::Tell:
    case News::OutputLimit: return failure(Conversation::out_of_turn());
    case News::SandboxEnded: break;
    }
    return failure(talk.cause_of_death());
}

} // namespace detail

CELLOS_DECL Result<SandboxSession> SandboxSession::open(
    std::shared_ptr<Cell> cell, Sandbox booted, Host& host, SessionContext& context
) {
    auto state = std::make_unique<State>(std::move(cell), std::move(booted), host, context);
    if (!state->scope.begun) return failure_of(state->scope.begun);
    Conversation& talk = state->talk;
    const std::stop_callback stop{context.stop, os::Raise{state->cell->abort_fd()}};
    const Patience patience{.stop_fd = state->cell->abort_fd(), .deadline = context.cell_deadline};
    auto inputs = sandbox::agent::InputList::of(context.inputs); // while the sandbox boots
    if (!inputs) return failure_of(inputs);
    auto news = talk.wait_until_ready(patience);
    if (news && *news == News::Tell)
        news = talk.store(*std::move(inputs), context.secrets, patience);
    if (!news) return failure_of(news);
    if (*news != News::Tell) return detail::interrupted_by(*news, talk);
    if (auto applied = apply_limits(*state->cell); !applied) return failure_of(applied);
    state->meter.begin();
    return SandboxSession{std::move(state)};
}

inline SandboxSession::SandboxSession(std::unique_ptr<State> state) noexcept
    : state_{std::move(state)} {}
CELLOS_DECL SandboxSession::SandboxSession(SandboxSession&&) noexcept = default;
CELLOS_DECL SandboxSession& SandboxSession::operator=(SandboxSession&&) noexcept = default;
CELLOS_DECL SandboxSession::~SandboxSession() = default;

CELLOS_DECL void SandboxSession::end() noexcept {
    static_cast<void>(state_->cell->end_processes());
}

struct SandboxProcess::State {
    State(Cell& its_cell, CellPlan its_plan, const CommandContext& context)
        : cell{its_cell}, plan{std::move(its_plan)}, stdio{context.stdio} {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (command && !has_ended) kill();
    }

    // A sandbox in which SIGKILL does not end it is ended as a whole.
    void kill() {
        constexpr std::chrono::seconds answer{1};
        if (!command->ends_after(SIGKILL, {.deadline = os::Clock::now() + answer}))
            static_cast<void>(cell.end_processes());
    }

    Cell& cell;
    const CellPlan plan; ///< that of a cell with this one command
    const Stdio stdio;
    std::optional<CommandProcess> command{};
    bool has_ended = false;
};

CELLOS_DECL Result<SandboxProcess> SandboxSession::start(const CommandContext& context) {
    State& its = *state_;
    auto planned = plan_on(its.host, context.document);
    if (!planned) return failure_of(planned);
    auto process =
        std::make_unique<SandboxProcess::State>(*its.cell, std::move(planned->plan), context);
    GroupLimits limits = its.cell->enforced();
    if (limits.cpu_time) {
        const auto used = its.meter.cpu_time().value_or(std::chrono::nanoseconds{0});
        limits.cpu_time = std::chrono::ceil<std::chrono::milliseconds>(*limits.cpu_time - used);
        if (limits.cpu_time->count() <= 0)
            return detail::interrupted_by(News::CpuTimeUsed, its.talk);
    }
    CommandPlan plan = command_of(process->plan, limits, its.context.secrets);
    using sandbox::agent::Leftovers;
    plan.leftovers = context.background ? Leftovers::Keep : Leftovers::EndOwn;

    auto streams = os::StdioBridge::piped(
        process->stdio,
        context.output,
        process->plan.max_output_bytes.value_or(os::StdioBridge::unlimited)
    );
    if (!streams) return failure_of(streams);
    auto call = its.talk.call();
    if (!call) return failure_of(call);
    const auto stopped = os::make_event();
    if (!stopped) return failure_of(stopped);
    const std::stop_callback stop{context.stop, os::Raise{stopped->get()}};
    CommandProcess& command =
        process->command.emplace(its.talk, *std::move(call), *std::move(streams), std::move(plan));
    const auto news = command.start({.stop_fd = stopped->get(), .deadline = context.deadline});
    process->has_ended = !news || *news == News::SandboxEnded;
    if (!news) return failure_of(news);
    if (*news != News::Tell) return detail::interrupted_by(*news, its.talk);
    return SandboxProcess{std::move(process)};
}

inline SandboxProcess::SandboxProcess(std::unique_ptr<State> state) noexcept
    : state_{std::move(state)} {}
CELLOS_DECL SandboxProcess::SandboxProcess(SandboxProcess&&) noexcept = default;
CELLOS_DECL SandboxProcess& SandboxProcess::operator=(SandboxProcess&&) noexcept = default;
CELLOS_DECL SandboxProcess::~SandboxProcess() = default;

CELLOS_DECL void SandboxProcess::signal(int number) {
    state_->command->signal(number);
}

CELLOS_DECL Result<std::optional<CommandEnd>> SandboxProcess::wait(
    std::chrono::steady_clock::time_point until, const std::stop_token& stop
) {
    const auto stopped = os::make_event();
    if (!stopped) return failure_of(stopped);
    const std::stop_callback raise{stop, os::Raise{stopped->get()}};
    CommandProcess& command = *state_->command;
    const Patience patience{.stop_fd = stopped->get(), .deadline = until};
    const auto news = command.wait(patience);
    if (!news) return failure_of(news);
    if (*news == News::DeadlinePassed || *news == News::Stopped) return std::nullopt;
    const bool by_itself = *news == News::Tell || *news == News::SandboxEnded;
    if (!by_itself) state_->kill();
    state_->has_ended = true;
    CommandEnd end{.usage = command.usage().value_or(ResourceUsage{})};
    auto exit = command.end_by(*news, patience);
    if (!exit) return failure_of(exit);
    command.stdio().drain();
    end.exit = *exit;
    end.output_error = command.stdio().delivery_error();
    return end;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
