#pragma once

#include <cellos/core/exit_status.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/gvisor/cell/sandbox.hpp>
#include <cellos/host/gvisor/run/usage_meter.hpp>
#include <cellos/host/sandbox/agent/request.hpp>
#include <cellos/host/sandbox/agent/wire.hpp>
#include <cellos/os/cpu_budget.hpp>
#include <cellos/os/stdio.hpp>
#include <cellos/os/wait.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;

/// One command in a sandbox, booted for it or before: the only way to run one. For one thread.
///
///     the agent is ready → input files and secrets are stored → the limits are set
///       → the command is started → it ends, or is made to → the sandbox is ended
///
/// What ends it early: the deadlines of the context (a time-out counts from the exec), the stop
/// token, and processor time, output or memory beyond their limits. With the first two SIGTERM
/// comes first where the plan gives the workload time for that (CellPlan::grace). SIGKILL goes to
/// the workload, so that the agent can tell what it has used, and then to everything.
class CommandRun {
public:
    /// All must outlive this object.
    CELLOS_DECL CommandRun(Cell& cell, Sandbox& sandbox, const RunContext& context);

    /// Blocks until the workload has ended and no process of the sandbox is left; fills the
    /// context's report. Errors: CommandNotFound, CommandNotExecutable, ArgvTooLarge, InvalidSpec
    /// (a working directory that cannot be entered), SecretBroker; SandboxFailed if the sandbox
    /// ended and nothing is known of the workload; Host.
    [[nodiscard]] CELLOS_DECL Result<ExitStatus> operator()();

private:
    /// What has ended a wait.
    enum class News : std::uint8_t {
        Tell, ///< `tell_` is new
        DeadlinePassed,
        Stopped,
        CpuTimeUsed,
        OutputLimit,
        OutOfMemory,
        SandboxEnded,
    };

    [[nodiscard]] Result<ExitStatus> run();
    [[nodiscard]] Result<News> prepare();
    [[nodiscard]] Result<void> ask_for_command();
    [[nodiscard]] Result<ExitStatus> end_by(News news);
    [[nodiscard]] Result<News> await(sandbox::agent::Kind kind);
    [[nodiscard]] News wait(int stop_fd, os::Clock::time_point deadline);
    [[nodiscard]] std::optional<News> news_from_agent();
    [[nodiscard]] bool has_started() const noexcept;
    [[nodiscard]] std::optional<std::chrono::nanoseconds> cpu_used() const;
    void end_workload(News why);
    [[nodiscard]] bool ends_after(int signal, int stop_fd, os::Clock::time_point deadline);
    [[nodiscard]] CellosError cause_of_death();

    Cell& cell_;
    Sandbox& sandbox_;
    const RunContext& context_;
    std::optional<os::StdioBridge> stdio_{};
    UsageMeter meter_;
    std::optional<os::CpuBudget> cpu_budget_{};
    os::Clock::time_point deadline_;
    sandbox::agent::Tell tell_{};
    std::optional<sandbox::agent::Tell> ended_{};
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/command_run.ipp>
#endif
