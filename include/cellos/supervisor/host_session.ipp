#pragma once

#include <cellos/supervisor/host_session.hpp>

#ifdef __linux__

#include <cellos/core/command.hpp>
#include <cellos/core/environment.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/session_context.hpp>
#include <cellos/os/child_process.hpp>
#include <cellos/os/cpu_time_watch.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/process_table.hpp>
#include <cellos/os/pump.hpp>
#include <cellos/os/remove_tree.hpp>
#include <cellos/os/state_directory.hpp>
#include <cellos/os/stdio.hpp>
#include <cellos/supervisor/host_command.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <list>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

namespace cellos::inline CELLOS_ABI::detail {

struct HostSession::State {
    State(CellHandle its_cell, SessionContext& its_context)
        : cell{std::move(its_cell)}, context{its_context} {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        end();
        if (!name.empty()) static_cast<void>(os::remove_tree(parent.get(), name));
    }

    [[nodiscard]] Result<void> make_directory() {
        const auto path = std::filesystem::temp_directory_path();
        auto opened = os::open_at(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY);
        if (!opened) return failure_of(opened);
        auto id = os::random_id();
        if (!id) return failure_of(id);
        std::string unique = "cellos-session-" + *id;
        if (::mkdirat(opened->get(), unique.c_str(), 0700) == -1)
            return os::failure("cannot make a directory in " + path.string());
        parent = *std::move(opened);
        name = std::move(unique);
        directory = (path / name).native();
        return {};
    }

    void end() noexcept;

    CellHandle cell;
    SessionContext& context;
    os::Descriptor parent{};
    std::string name{};
    std::string directory{};

    std::mutex mutex{}; // of what follows
    bool is_over = false;
    std::list<HostProcess::State*> running{};
    std::list<os::ChildProcess> background{}; ///< have ended, but not what they started
};

// A process of a session, which is used under its mutex where another thread could signal it.
struct HostProcess::State {
    explicit State(HostSession::State& its_session, const CommandContext& command)
        : session{its_session},
          output{command.output},
          is_background{command.background},
          context{
              .document = command.document,
              .secrets = {},
              .stdio = command.stdio,
              .stop = command.stop,
              .report = report} {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        const std::lock_guard lock{session.mutex};
        session.running.remove(this);
        signal_group(SIGKILL);
    }

    void signal_group(int number) const noexcept {
        if (workload.process) workload.process.signal_group(number);
    }

    // Nobody signals what has been reaped.
    [[nodiscard]] HostEnd take_end(os::Wake wake) {
        const std::lock_guard lock{session.mutex};
        session.running.remove(this);
        const bool goes_on = is_background && wake == os::Wake::Ended && !session.is_over;
        auto end = end_workload_on_host(workload, goes_on);
        if (goes_on) session.background.push_back(std::move(workload.process));
        return end;
    }

    HostSession::State& session;
    CapturedOutput& output;
    bool is_background;
    RunReport report{};
    RunContext context;
    os::StdioBridge stdio{};
    os::CpuTimeWatch cpu_time{};
    HostWorkload workload{};
};

inline void HostSession::State::end() noexcept {
    const std::lock_guard lock{mutex};
    is_over = true;
    for (const HostProcess::State* each : running) each->signal_group(SIGKILL);
    const auto deadline = os::Clock::now() + std::chrono::seconds{1};
    for (const os::ChildProcess& leader : background)
        static_cast<void>(os::end_process_group(leader.pid(), deadline));
    background.clear();
}

CELLOS_DECL Result<HostSession> HostSession::open(const CellHandle& cell, SessionContext& context) {
    auto state = std::make_unique<State>(cell, context);
    if (auto made = state->make_directory(); !made) return failure_of(made);
    return HostSession{std::move(state)};
}

inline HostSession::HostSession(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
CELLOS_DECL HostSession::HostSession(HostSession&&) noexcept = default;
CELLOS_DECL HostSession& HostSession::operator=(HostSession&&) noexcept = default;
CELLOS_DECL HostSession::~HostSession() = default;

CELLOS_DECL void HostSession::end() noexcept {
    state_->end();
}

CELLOS_DECL Result<HostProcess> HostSession::start(const CommandContext& command) {
    auto process = std::make_unique<HostProcess::State>(*state_, command);
    RunContext& context = process->context;
    RunSpec& run = *context.document.spec.run;
    if (!run.working_directory) run.working_directory = state_->directory;
    context.environment = cell_environment(context.document.spec, state_->directory);
    const Limits limits = run.limits.value_or(Limits{});
    auto request = host_request(context, limits);
    if (!request) return failure_of(request);
    request->ends_with_caller = false; // the thread that starts it need not wait for it
    const auto group = open_host_group(state_->cell);
    if (!group) return failure_of(group);
    request->cgroup = group->get();
    auto stdio = open_host_stdio(context, limits.max_output_bytes);
    if (!stdio) return failure_of(stdio);
    request->stdio = stdio->child_ends();
    if (auto filled = fill_host_environment(context, state_->context.secrets, *request); !filled)
        return failure_of(filled);
    auto workload = start_on_host(*request);
    if (!workload) return failure_of(workload);
    process->stdio = *std::move(stdio);
    process->stdio.close_child_ends();
    process->workload = *std::move(workload);
    if (limits.cpu_time_ms) {
        auto watch = os::CpuTimeWatch::of(
            process->workload.process.pid(), std::chrono::milliseconds{*limits.cpu_time_ms}
        );
        if (!watch) return failure_of(watch);
        process->cpu_time = *std::move(watch);
    }
    const std::lock_guard lock{state_->mutex};
    if (state_->is_over) process->signal_group(SIGKILL);
    state_->running.push_back(process.get());
    return HostProcess{std::move(process)};
}

inline HostProcess::HostProcess(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
CELLOS_DECL HostProcess::HostProcess(HostProcess&&) noexcept = default;
CELLOS_DECL HostProcess& HostProcess::operator=(HostProcess&&) noexcept = default;
CELLOS_DECL HostProcess::~HostProcess() = default;

CELLOS_DECL void HostProcess::signal(int number) {
    const std::lock_guard lock{state_->session.mutex};
    state_->signal_group(number);
}

CELLOS_DECL Result<std::optional<CommandEnd>> HostProcess::wait(
    std::chrono::steady_clock::time_point until, const std::stop_token& stop
) {
    const auto stopped = os::make_event();
    if (!stopped) return failure_of(stopped);
    const std::stop_callback raise{stop, os::Raise{stopped->get()}};
    State& its = *state_;
    os::Wake wake{};
    do {
        wake = os::pump_until(
            its.workload.process.pidfd(), its.stdio, stopped->get(), until, {its.cpu_time.waited()}
        );
    } while (wake == os::Wake::Alarm && !its.cpu_time.reached());
    if (wake == os::Wake::DeadlinePassed || wake == os::Wake::Stopped) return std::nullopt;
    const auto end = its.take_end(wake);
    auto exit = conclude_on_host(end, its.stdio, wake, until, its.context);
    if (!exit) return failure_of(exit);
    its.output = std::move(its.report.output);
    return CommandEnd{
        .exit = *exit,
        .usage = its.report.usage.value_or(ResourceUsage{}),
        .output_error = std::move(its.report.output_error)};
}

} // namespace cellos::inline CELLOS_ABI::detail

#endif
