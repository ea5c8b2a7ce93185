#pragma once

#include <cellos/core/fwd.hpp>
#include <cellos/core/result.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>

/// @file
/// Sessions as plain processes of this machine, for backends that declare `runs_on_host`: so that a
/// whole pipeline can be tested without a sandbox. It isolates nothing, see
/// <cellos/supervisor/host_command.hpp>.

namespace cellos::inline CELLOS_ABI::detail {

/// A command of a HostSession: a SessionProcess.
class HostProcess {
public:
    CELLOS_DECL HostProcess(HostProcess&&) noexcept;
    CELLOS_DECL HostProcess& operator=(HostProcess&&) noexcept;
    CELLOS_DECL ~HostProcess();

    [[nodiscard]] CELLOS_DECL Result<std::optional<CommandEnd>> wait(
        std::chrono::steady_clock::time_point until, const std::stop_token& stop
    );
    /// Signals its whole process group.
    CELLOS_DECL void signal(int number);

private:
    friend class HostSession;
    struct State;
    explicit HostProcess(std::unique_ptr<State> state) noexcept;

    std::unique_ptr<State> state_;
};

/// A CommandSession on this machine. Its commands find a private directory, which goes with it: it
/// is their HOME, and where they begin unless the document or the command says otherwise. What they
/// start in the background ends with the session.
class HostSession {
public:
    /// The errors are Host, and Unsupported for input files and for secrets as files.
    [[nodiscard]] CELLOS_DECL static Result<HostSession> open(
        const CellHandle& cell, SessionContext& context
    );
    CELLOS_DECL HostSession(HostSession&&) noexcept;
    CELLOS_DECL HostSession& operator=(HostSession&&) noexcept;
    CELLOS_DECL ~HostSession();

    /// The errors are those of run_cell_command().
    [[nodiscard]] CELLOS_DECL Result<HostProcess> start(const CommandContext& context);
    CELLOS_DECL void end() noexcept;

private:
    friend class HostProcess;
    struct State;
    explicit HostSession(std::unique_ptr<State> state) noexcept;

    std::unique_ptr<State> state_;
};

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/host_session.ipp>
#endif
