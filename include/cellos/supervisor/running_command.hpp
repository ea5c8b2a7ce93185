#pragma once

#include <cellos/core/captured_output.hpp>
#include <cellos/core/command.hpp>
#include <cellos/core/exit_status.hpp>
#include <cellos/core/result.hpp>
#include <cellos/supervisor/session_driver.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

namespace cellos::inline CELLOS_ABI::detail {

/// A command of a session and what makes it end early: SIGTERM, and SIGKILL after a time of grace.
/// Members are thread-safe, but those of `report`.
class RunningCommand {
public:
    using Clock = std::chrono::steady_clock;

    RunningCommand(std::string id, std::chrono::milliseconds grace)
        : id_{std::move(id)}, grace_{grace} {}
    RunningCommand(const RunningCommand&) = delete;
    RunningCommand& operator=(const RunningCommand&) = delete;

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    /// What CommandContext::output refers to.
    [[nodiscard]] CapturedOutput& output() noexcept { return output_; }

    /// It has been executed, and will have timed out at `deadline`.
    CELLOS_DECL void started(std::unique_ptr<ProcessDriver> driver, Clock::time_point deadline);

    /// A stop makes it end as Cancelled.
    CELLOS_DECL void stop_with(const std::stop_token& stop);
    /// Makes it end, for this reason unless there has been another; `at_once` spares it the grace.
    CELLOS_DECL void end(ExitStatus::Kind reason, bool at_once = false);
    /// Sends the signals that are due. Returns when to look again.
    CELLOS_DECL Clock::time_point escalate(Clock::time_point now);
    /// Nothing is left to be tried: its end should have been told long ago.
    [[nodiscard]] CELLOS_DECL bool is_given_up(Clock::time_point now) const;
    CELLOS_DECL void signal(int number);

    /// Waits for its end as ProcessDriver does, or until something makes it end. By one thread at a
    /// time.
    [[nodiscard]] CELLOS_DECL Result<std::optional<CommandEnd>> wait(Clock::time_point until);

    /// It has ended, or nothing more will be heard of it: lets go of what the session has of it.
    CELLOS_DECL void ended();

    /// Why it was made to end.
    [[nodiscard]] CELLOS_DECL std::optional<ExitStatus::Kind> reason() const;

    /// Taken by who waits for it; guards `report`.
    std::timed_mutex waiting{};
    std::optional<Result<CommandReport>> report{}; ///< once it has ended

private:
    const std::string id_;
    const std::chrono::milliseconds grace_;
    CapturedOutput output_{};
    std::stop_source hurry_{};
    std::optional<std::stop_callback<std::function<void()>>> stop_{};

    mutable std::mutex mutex_{}; // of what follows
    std::unique_ptr<ProcessDriver> driver_{};
    Clock::time_point deadline_ = (Clock::time_point::max)();
    std::optional<ExitStatus::Kind> reason_{};
    Clock::time_point kill_at_ = (Clock::time_point::max)();
    bool is_killed_ = false;
    Clock::time_point given_up_at_ = (Clock::time_point::max)();
};

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/running_command.ipp>
#endif
