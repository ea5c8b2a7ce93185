#pragma once

#include <cellos/core/command.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/usage.hpp>
#include <cellos/supervisor/running_command.hpp>
#include <cellos/supervisor/session_host.hpp>
#include <cellos/supervisor/session_options.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

namespace cellos::inline CELLOS_ABI::detail {

/// The commands of a session, and a thread that keeps its times: it ends commands whose time is
/// over though nobody waits for them, and the session at its TTL, when idle or stopped.
/// Thread-safe.
class SessionCore {
public:
    using Clock = std::chrono::steady_clock;

    /// Of a session that is open. The document's own command, if it has one, has been run when it
    /// returns. Host: no thread can be started; or the errors of start() and wait() for that one.
    [[nodiscard]] CELLOS_DECL static Result<std::shared_ptr<SessionCore>> make(
        std::unique_ptr<SessionHost> host, const SessionOptions& options
    );
    SessionCore(const SessionCore&) = delete;
    SessionCore& operator=(const SessionCore&) = delete;
    /// Closes it.
    CELLOS_DECL ~SessionCore();

    /// Of the document's own command.
    [[nodiscard]] const std::optional<CommandReport>& first() const noexcept { return first_; }

    /// See Session.
    [[nodiscard]] CELLOS_DECL Result<std::shared_ptr<RunningCommand>> start(
        const Command& command, CommandOptions options
    );
    /// Waits for the end of a command of this session; nothing if it goes on at `until`.
    [[nodiscard]] CELLOS_DECL Result<std::optional<CommandReport>> wait(
        RunningCommand& command, Clock::time_point until
    );
    [[nodiscard]] CELLOS_DECL Result<CellReport> close();

private:
    SessionCore(std::unique_ptr<SessionHost> host, const SessionOptions& options);

    [[nodiscard]] Result<void> run_first();
    [[nodiscard]] Result<void> begin_start();
    void spawned(RunningCommand& command, const std::vector<std::string>& argv);
    void finish(RunningCommand& command, Result<CommandEnd> end);
    void end_all(ExitStatus::Kind reason);
    void collect();
    void keep();
    [[nodiscard]] Clock::time_point end_of_its_own() const;
    [[nodiscard]] std::vector<std::shared_ptr<RunningCommand>> running() const;

    std::unique_ptr<SessionHost> host_;
    const std::optional<std::chrono::milliseconds> idle_timeout_;
    std::optional<CommandReport> first_{};
    std::mutex events_{}; ///< so that they are emitted one by one

    mutable std::mutex mutex_{}; // of what follows
    std::condition_variable changed_{};
    std::vector<std::shared_ptr<RunningCommand>> running_{};
    std::size_t starting_ = 0;
    Clock::time_point last_use_ = Clock::now();
    bool is_stopped_ = false;
    bool is_closed_ = false;
    SessionOutcome outcome_{};

    std::optional<std::stop_callback<std::function<void()>>> stop_{};
    std::thread keeper_{};
};

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/session_core.ipp>
#endif
