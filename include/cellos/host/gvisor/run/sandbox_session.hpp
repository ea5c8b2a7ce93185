#pragma once

#include <cellos/core/command.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/session_context.hpp>
#include <cellos/host/gvisor/cell/sandbox.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;
class Host;

/// A command in the sandbox of a session: a SessionProcess. It must not outlive the session. The
/// destructor ends it.
class SandboxProcess {
public:
    CELLOS_DECL SandboxProcess(SandboxProcess&&) noexcept;
    CELLOS_DECL SandboxProcess& operator=(SandboxProcess&&) noexcept;
    CELLOS_DECL ~SandboxProcess();

    /// See SessionProcess. SandboxFailed: the sandbox has ended, and nothing is known of the
    /// command.
    [[nodiscard]] CELLOS_DECL Result<std::optional<CommandEnd>> wait(
        std::chrono::steady_clock::time_point until, const std::stop_token& stop
    );
    /// SIGKILL goes to all of the command's processes, any other signal to its first.
    CELLOS_DECL void signal(int number);

private:
    friend class SandboxSession;
    struct State;
    explicit SandboxProcess(std::unique_ptr<State> state) noexcept;

    std::unique_ptr<State> state_;
};

/// A cell whose sandbox runs many commands: a CommandSession. Each has a PID namespace of its own,
/// which ends with it, unless it runs in the background. Thread-safe, but for moving it.
class SandboxSession {
public:
    /// Makes the sandbox of a cell ready for commands: the input files and secrets are in it, and
    /// the limits of the cell hold from then on. `host` and `context` must outlive the session.
    /// Errors: Cancelled, a stop or the end of the TTL came first; SandboxFailed; Host.
    [[nodiscard]] CELLOS_DECL static Result<SandboxSession> open(
        std::shared_ptr<Cell> cell, Sandbox sandbox, Host& host, SessionContext& context
    );
    CELLOS_DECL SandboxSession(SandboxSession&&) noexcept;
    CELLOS_DECL SandboxSession& operator=(SandboxSession&&) noexcept;
    /// Ends it, and returns once no process of the sandbox is left.
    CELLOS_DECL ~SandboxSession();

    /// The errors are those of run_command(), and Cancelled.
    [[nodiscard]] CELLOS_DECL Result<SandboxProcess> start(const CommandContext& context);
    CELLOS_DECL void end() noexcept;

private:
    friend class SandboxProcess;
    struct State;
    explicit SandboxSession(std::unique_ptr<State> state) noexcept;

    std::unique_ptr<State> state_;
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/sandbox_session.ipp>
#endif
