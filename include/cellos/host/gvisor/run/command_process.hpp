#pragma once

#include <cellos/core/captured_output.hpp>
#include <cellos/core/exit_status.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/core/stdio.hpp>
#include <cellos/core/usage.hpp>
#include <cellos/host/gvisor/run/conversation.hpp>
#include <cellos/host/gvisor/run/usage_meter.hpp>
#include <cellos/host/sandbox/agent/line.hpp>
#include <cellos/host/sandbox/agent/request.hpp>
#include <cellos/host/sandbox/agent/wire.hpp>
#include <cellos/os/stdio.hpp>
#include <cellos/os/wait.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cellos::inline CELLOS_ABI::gvisor {

/// What a sandbox is asked to run. Whatever it names must outlive the request for it.
struct CommandPlan {
    std::span<const std::string> argv{};
    std::string_view working_directory{};
    std::span<const std::string> environment{};  ///< `NAME=value`, without secrets
    std::span<const ResolvedSecret> secrets{};   ///< to be further variables
    std::vector<sandbox::agent::Limit> limits{}; ///< of each process
    std::optional<std::chrono::nanoseconds> cpu_time{};
    sandbox::agent::Leftovers leftovers = sandbox::agent::Leftovers::EndAll;
};

/// The command of a cell's plan, alone in its sandbox. `enforced`: the limits that hold for the
/// whole cell. The plan and the secrets must outlive it.
[[nodiscard]] CELLOS_DECL CommandPlan command_of(
    const CellPlan& plan, const GroupLimits& enforced, std::span<const ResolvedSecret> secrets
);

/// One command in a sandbox, from the request for it to its end. What ends it early: processor
/// time, output or memory beyond their limits, and whoever signals it. For one thread at a time;
/// signal() is for any.
class CommandProcess {
public:
    /// `talk` must outlive it; `call` is one of its, and `stdio` has what the streams are connected
    /// to.
    CELLOS_DECL CommandProcess(
        Conversation& talk, sandbox::agent::Line::Call call, os::StdioBridge stdio, CommandPlan plan
    );
    CommandProcess(const CommandProcess&) = delete;
    CommandProcess& operator=(const CommandProcess&) = delete;

    /// Asks for it, and waits until its program has been loaded: Tell. Errors: CommandNotFound,
    /// CommandNotExecutable, ArgvTooLarge, InvalidSpec (a working directory that cannot be
    /// entered), SecretBroker; SandboxFailed; Host.
    [[nodiscard]] CELLOS_DECL Result<News> start(const Patience& patience);

    /// Waits for its end, which is told: Tell.
    [[nodiscard]] CELLOS_DECL Result<News> wait(const Patience& patience);

    CELLOS_DECL void signal(int number);

    /// Signals it, and waits until it has ended, or nothing can be heard of it any more. False: it
    /// goes on.
    [[nodiscard]] CELLOS_DECL bool ends_after(int signal, const Patience& patience);

    /// How it ended, after a wait that ended by `news`; what it wrote is passed on before, while
    /// `patience` lasts. SandboxFailed: the sandbox ended, and nothing is known of the command.
    [[nodiscard]] CELLOS_DECL Result<ExitStatus> end_by(News news, const Patience& patience);

    /// What it took so far; empty before its exec.
    [[nodiscard]] CELLOS_DECL std::optional<ResourceUsage> usage() const;
    [[nodiscard]] os::Clock::time_point started_at() const noexcept { return meter_.started_at(); }
    [[nodiscard]] os::StdioBridge& stdio() noexcept { return stdio_; }

private:
    [[nodiscard]] Result<void> ask();
    [[nodiscard]] Result<sandbox::agent::Request> request();
    [[nodiscard]] News wait_for(sandbox::agent::Tell& tell, Patience patience);

    Conversation& talk_;
    sandbox::agent::Line::Call call_;
    os::StdioBridge stdio_;
    CommandPlan plan_;
    UsageMeter meter_;
    std::optional<CpuTimeLimit> cpu_time_{};
    std::optional<sandbox::agent::Tell> ended_{};
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/command_process.ipp>
#endif
