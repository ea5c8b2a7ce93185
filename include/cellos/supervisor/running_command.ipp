#pragma once

#include <cellos/supervisor/running_command.hpp>

namespace cellos::inline CELLOS_ABI::detail {

// Of the system that commands run on, which need not be this one.
inline constexpr int terminate_signal = 15;
inline constexpr int kill_signal = 9;

CELLOS_DECL void RunningCommand::started(
    std::unique_ptr<ProcessDriver> driver, Clock::time_point deadline
) {
    const std::lock_guard lock{mutex_};
    driver_ = std::move(driver);
    deadline_ = deadline;
}

CELLOS_DECL void RunningCommand::stop_with(const std::stop_token& stop) {
    stop_.emplace(stop, [this] { end(ExitStatus::Kind::Cancelled); });
}

CELLOS_DECL void RunningCommand::end(ExitStatus::Kind reason, bool at_once) {
    const auto now = Clock::now();
    {
        const std::lock_guard lock{mutex_};
        const bool first = !reason_;
        if (first) reason_ = reason;
        if (at_once || grace_.count() == 0) {
            kill_at_ = now;
        } else if (first) {
            kill_at_ = now + grace_;
            if (driver_) driver_->signal(terminate_signal);
        }
    }
    hurry_.request_stop();
    escalate(now);
}

CELLOS_DECL RunningCommand::Clock::time_point RunningCommand::escalate(Clock::time_point now) {
    bool is_late = false;
    {
        const std::lock_guard lock{mutex_};
        is_late = !reason_ && now >= deadline_;
    }
    if (is_late) end(ExitStatus::Kind::TimedOut);
    const std::lock_guard lock{mutex_};
    if (!reason_) return deadline_;
    if (now < kill_at_) return kill_at_;
    if (!is_killed_ && driver_) {
        // It is told within milliseconds where anything works.
        constexpr std::chrono::seconds answer{1};
        driver_->signal(kill_signal);
        is_killed_ = true;
        given_up_at_ = now + answer;
    }
    return now < given_up_at_ ? given_up_at_ : (Clock::time_point::max)();
}

CELLOS_DECL bool RunningCommand::is_given_up(Clock::time_point now) const {
    const std::lock_guard lock{mutex_};
    return now >= given_up_at_;
}

CELLOS_DECL void RunningCommand::signal(int number) {
    const std::lock_guard lock{mutex_};
    if (driver_) driver_->signal(number);
}

CELLOS_DECL Result<std::optional<CommandEnd>> RunningCommand::wait(Clock::time_point until) {
    ProcessDriver* driver = nullptr;
    {
        const std::lock_guard lock{mutex_};
        driver = driver_.get();
    }
    // One that was made to end already is waited for with its signals in view.
    const auto stop = hurry_.stop_requested() ? std::stop_token{} : hurry_.get_token();
    return driver->wait(until, stop);
}

CELLOS_DECL void RunningCommand::ended() {
    stop_.reset();
    std::unique_ptr<ProcessDriver> driver; // destroyed without the lock: that may take its time
    const std::lock_guard lock{mutex_};
    driver = std::move(driver_);
}

CELLOS_DECL std::optional<ExitStatus::Kind> RunningCommand::reason() const {
    const std::lock_guard lock{mutex_};
    return reason_;
}

} // namespace cellos::inline CELLOS_ABI::detail
