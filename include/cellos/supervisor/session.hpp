#pragma once

#include <cellos/core/command.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/supervisor/session_options.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace cellos::inline CELLOS_ABI {

class Session;

namespace detail {
class SessionCore;
class SessionHost;
class RunningCommand;

/// The session of a cell that is open, and whose own command has been run; see SessionCore::make.
[[nodiscard]] CELLOS_DECL Result<Session> make_session(
    std::unique_ptr<SessionHost> host, const SessionOptions& options
);
} // namespace detail

// Macros, since a template cannot produce attributes, and g++ warns about unknown ones.
#ifdef __clang__
#define CELLOS_SESSION_TYPE [[clang::consumable(unconsumed)]]
#define CELLOS_SESSION_USE clang::callable_when("unconsumed")
#define CELLOS_SESSION_END clang::callable_when("unconsumed"), clang::set_typestate(consumed)
#else
#define CELLOS_SESSION_TYPE
#define CELLOS_SESSION_USE
#define CELLOS_SESSION_END
#endif

/// A command that was started in a session. Move-only. The destructor ends it (SIGKILL) if it has
/// not ended. It may outlive the session, whose end is its own.
///
/// Its output is taken while somebody waits: a command that writes much blocks until then. For one
/// thread at a time; signal() is for any.
class Process {
public:
    /// What Session::start returns.
    CELLOS_DECL Process(
        std::shared_ptr<detail::SessionCore> session,
        std::shared_ptr<detail::RunningCommand> command
    ) noexcept;
    CELLOS_DECL Process(Process&&) noexcept;
    CELLOS_DECL Process& operator=(Process&&) noexcept;
    CELLOS_DECL ~Process();

    /// `commandId` of its events.
    [[nodiscard]] CELLOS_DECL const std::string& id() const noexcept;

    /// Blocks until it has ended, by itself, by its time-out or a stop, or with the session. The
    /// errors are those of Session::run. May be called again, with the same result.
    [[nodiscard]] CELLOS_DECL Result<CommandReport> wait();
    /// The same, for so long at most: nothing if it goes on.
    [[nodiscard]] CELLOS_DECL Result<std::optional<CommandReport>> wait_for(
        std::chrono::nanoseconds time
    );

    /// Signals its first process. Does nothing if it has ended.
    CELLOS_DECL void signal(int number);

private:
    void end() noexcept;

    std::shared_ptr<detail::SessionCore> session_;
    std::shared_ptr<detail::RunningCommand> command_;
};

/// One cell, many commands: what Supervisor::open returns. Move-only; the destructor closes it. The
/// supervisor and its ports must outlive it. Any number of threads may run commands in it.
///
///     auto session = supervisor.open(session_document("notebook"));
///     if (!session) return session.error().what();
///     const auto report = session->run({.argv = {"python3", "-c", "print(6 * 7)"}});
///     if (report) std::cout << report->stdout_text;
///     const Result<CellReport> end = std::move(*session).close();
///
/// The TTL of the document, an idle time-out and the stop token end the session: what runs in it is
/// TimedOut or Cancelled, and what is asked of it later is an error (Cancelled).
/// Until close() the cell keeps its place on the host.
///
/// Every command finds the secrets of the document: they are delivered once, when the session is
/// opened. Whoever may run commands in it can read them, and so can every command; also from the
/// memory of others, since all of them are one user. Strangers get a session each.
class CELLOS_SESSION_TYPE Session {
public:
    /// What Supervisor::open returns.
    CELLOS_DECL explicit Session(std::shared_ptr<detail::SessionCore> core) noexcept;
    CELLOS_DECL Session(Session&&) noexcept;
    CELLOS_DECL Session& operator=(Session&&) noexcept;
    CELLOS_DECL ~Session();

    /// The report on the document's own command, if it has one: it runs first, to its end, before
    /// the session is there for others.
    [[nodiscard, CELLOS_SESSION_USE]] CELLOS_DECL const std::optional<CommandReport>& first(
    ) const noexcept;

    /// Runs a command and waits for its end. One that has to be ended gets SIGTERM first where the
    /// document grants it `gracefulShutdownSeconds`; the time-out counts from the exec. By default
    /// nothing that the command started outlives it, see Command::background.
    ///
    /// Errors: those of validate(), InvalidSpec also where it asks for more than the document
    /// grants; PolicyRefused; CommandNotFound, CommandNotExecutable, ArgvTooLarge; Cancelled, the
    /// session has ended, or a stop was requested before the command was executed; SandboxFailed,
    /// it is unknown how it ended; Host.
    [[nodiscard, CELLOS_SESSION_USE]] CELLOS_DECL Result<CommandReport> run(
        const Command& command, CommandOptions options = {}
    );

    /// Starts a command and returns once it has been executed. The errors are those of run().
    [[nodiscard, CELLOS_SESSION_USE]] CELLOS_DECL Result<Process> start(
        const Command& command, CommandOptions options = {}
    );

    /// Ends what still runs (Cancelled), exports the artifacts of the document, and destroys the
    /// cell. The error means that there is no report, as of Supervisor::run.
    [[nodiscard, CELLOS_SESSION_END]] CELLOS_DECL Result<CellReport> close() &&;

private:
    std::shared_ptr<detail::SessionCore> core_;
};

#undef CELLOS_SESSION_TYPE
#undef CELLOS_SESSION_USE
#undef CELLOS_SESSION_END

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/session.ipp>
#endif
