#pragma once

#include <cellos/supervisor/session_command.hpp>
#include <cellos/supervisor/session_core.hpp>

#ifdef __linux__
#include <pthread.h>
#endif

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

namespace cellos::inline CELLOS_ABI::detail {

[[nodiscard]] inline tl::unexpected<CellosError> session_is_over(
    const std::optional<ExitStatus::Kind>& ended_by
) {
    std::string message = "the session is closed";
    if (ended_by == ExitStatus::Kind::TimedOut)
        message = "the session has ended: its time to live is over, or it was idle for too long";
    else if (ended_by == ExitStatus::Kind::Cancelled)
        message = "the session has ended: it was stopped";
    return failure(CellosError::Kind::Cancelled, std::move(message));
}

template <class T>
void add_to(std::optional<T>& sum, const std::optional<T>& more) {
    if (more) sum = sum.value_or(T{}) + *more;
}

template <class T>
void raise_to(std::optional<T>& most, const std::optional<T>& other) {
    if (other) most = (std::max)(most.value_or(T{}), *other);
}

// Of several commands, of which some may have run at once.
inline void add_usage(ResourceUsage& sum, const ResourceUsage& more) {
    sum.wall += more.wall;
    add_to(sum.user_time, more.user_time);
    add_to(sum.system_time, more.system_time);
    add_to(sum.sandbox_cpu_time, more.sandbox_cpu_time);
    raise_to(sum.peak_memory_bytes, more.peak_memory_bytes);
    raise_to(sum.sandbox_peak_memory_bytes, more.sandbox_peak_memory_bytes);
}

inline SessionCore::SessionCore(std::unique_ptr<SessionHost> host, const SessionOptions& options)
    : host_{std::move(host)}, idle_timeout_{options.idle_timeout} {}

CELLOS_DECL Result<std::shared_ptr<SessionCore>> SessionCore::make(
    std::unique_ptr<SessionHost> host, const SessionOptions& options
) {
    std::shared_ptr<SessionCore> core{new SessionCore{std::move(host), options}};
    SessionCore* const itself = core.get();
    try {
        core->keeper_ = std::thread{[itself] { itself->keep(); }};
    } catch (const std::system_error&) {
        return failure(CellosError::Kind::Host, "cannot start the session's thread");
    }
    core->stop_.emplace(options.stop, [itself] {
        const std::lock_guard lock{itself->mutex_};
        itself->is_stopped_ = true;
        itself->changed_.notify_all();
    });
    if (auto ran = core->run_first(); !ran) return failure_of(ran);
    return core;
}

inline Result<void> SessionCore::run_first() {
    const auto& run = host_->document().spec.run;
    if (!run) return {};
    auto command = start({.argv = run->argv}, {});
    if (!command) return failure_of(command);
    auto report = wait(**command, (Clock::time_point::max)());
    if (!report) return failure_of(report);
    first_ = **std::move(report);
    return {};
}

CELLOS_DECL SessionCore::~SessionCore() {
    static_cast<void>(close());
}

inline Result<void> SessionCore::begin_start() {
    const std::lock_guard lock{mutex_};
    if (is_closed_ || outcome_.ended_by) return session_is_over(outcome_.ended_by);
    ++starting_;
    return {};
}

inline void SessionCore::spawned(RunningCommand& command, const std::vector<std::string>& argv) {
    const std::lock_guard lock{events_};
    host_->spawned(command.id(), argv);
}

CELLOS_DECL Result<std::shared_ptr<RunningCommand>> SessionCore::start(
    const Command& command, CommandOptions options
) {
    auto document = document_for(host_->document(), command);
    if (!document) return failure_of(document);
    if (auto admitted = host_->admit(*document); !admitted) return failure_of(admitted);
    if (options.stop.stop_requested())
        return failure(CellosError::Kind::Cancelled, "stopped before the command was started");
    if (auto begun = begin_start(); !begun) return failure_of(begun);

    std::shared_ptr<RunningCommand> running;
    {
        const std::lock_guard lock{mutex_};
        const RunSpec& run = *document->spec.run;
        std::chrono::seconds grace{0};
        if (run.limits && run.limits->graceful_shutdown_seconds)
            grace = std::chrono::seconds{*run.limits->graceful_shutdown_seconds};
        running = std::make_shared<RunningCommand>(std::to_string(++outcome_.commands), grace);
        running_.push_back(running);
    }
    spawned(*running, command.argv);
    const std::optional<std::int64_t> timeout_ms = document->spec.run->timeout_ms;
    const CommandContext context{
        .document = *std::move(document),
        .background = command.background,
        .stdio = std::move(options.stdio),
        .output = running->output(),
        .stop = options.stop,
        .deadline = host_->ttl_end(),
    };
    auto started = host_->start(context);
    const auto now = Clock::now();
    auto deadline = host_->ttl_end();
    if (timeout_ms) deadline = (std::min)(deadline, now + std::chrono::milliseconds{*timeout_ms});
    std::optional<CellosError> error;
    if (started) {
        running->started(*std::move(started), deadline);
        running->stop_with(options.stop);
    } else {
        const std::lock_guard waiting{running->waiting};
        finish(*running, failure(std::move(started).error()));
        if (!*running->report) error = running->report->error();
    }
    {
        const std::lock_guard lock{mutex_};
        --starting_;
        changed_.notify_all();
        // Between its start and this the session may have been ended.
        if (outcome_.ended_by || is_closed_)
            running->end(outcome_.ended_by.value_or(ExitStatus::Kind::Cancelled), true);
    }
    if (error) return failure(*std::move(error));
    return running;
}

CELLOS_DECL Result<std::optional<CommandReport>> SessionCore::wait(
    RunningCommand& command, Clock::time_point until
) {
    std::unique_lock waiting{command.waiting, std::defer_lock};
    if (until == (Clock::time_point::max)())
        waiting.lock();
    else if (!waiting.try_lock_until(until))
        return std::nullopt;
    while (!command.report) {
        const auto now = Clock::now();
        const auto next = command.escalate(now);
        if (command.is_given_up(now)) {
            // Whatever does not obey SIGKILL has no place in a cell any more.
            host_->end();
            finish(
                command,
                failure(CellosError::Kind::SandboxFailed, "nothing is told of a killed command")
            );
            break;
        }
        auto end = command.wait((std::min)(until, next));
        if (!end)
            finish(command, failure(std::move(end).error()));
        else if (*end)
            finish(command, **std::move(end));
        else if (Clock::now() >= until)
            return std::nullopt;
    }
    if (!*command.report) return failure(command.report->error());
    return **command.report;
}

// With `command.waiting` locked.
inline void SessionCore::finish(RunningCommand& command, Result<CommandEnd> end) {
    command.ended();
    const auto reason = command.reason();
    if (reason) {
        // What it made of the signals tells nothing, and neither does a sandbox that was ended.
        if (!end) end = CommandEnd{};
        end->exit = ExitStatus::forced(*reason);
    }
    Result<CommandReport> report;
    Result<ExitStatus> exit;
    std::optional<ResourceUsage> usage;
    if (end) {
        exit = end->exit;
        usage = end->usage;
        report->exit = end->exit;
        report->usage = end->usage;
        report->stdout_text = std::move(command.output().stdout_text);
        report->stderr_text = std::move(command.output().stderr_text);
        report->output_truncated = command.output().truncated;
        report->command_id = command.id();
        report->output_error = std::move(end->output_error);
    } else {
        exit = failure(end.error());
        report = failure(std::move(end).error());
    }
    command.report = std::move(report);
    {
        const std::lock_guard lock{events_};
        host_->completed(command.id(), exit, usage);
    }
    const std::lock_guard lock{mutex_};
    if (usage) add_usage(outcome_.usage, *usage);
    std::erase_if(running_, [&](const auto& each) { return each.get() == &command; });
    last_use_ = Clock::now();
    changed_.notify_all();
}

CELLOS_DECL Result<CellReport> SessionCore::close() {
    {
        const std::lock_guard lock{mutex_};
        if (std::exchange(is_closed_, true)) return session_is_over(std::nullopt);
        changed_.notify_all();
    }
    stop_.reset();
    if (keeper_.joinable()) keeper_.join();
    for (const auto& command : running()) command->end(ExitStatus::Kind::Cancelled, true);
    host_->end();
    collect();
    return host_->close(outcome_);
}

inline std::vector<std::shared_ptr<RunningCommand>> SessionCore::running() const {
    const std::lock_guard lock{mutex_};
    return running_;
}

// Takes the ends of commands for which nobody waits, once no more are on their way.
inline void SessionCore::collect() {
    {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return starting_ == 0; });
    }
    for (const auto& command : running())
        static_cast<void>(wait(*command, (Clock::time_point::max)()));
}

inline void SessionCore::end_all(ExitStatus::Kind reason) {
    {
        const std::lock_guard lock{mutex_};
        outcome_.ended_by = reason;
    }
    for (const auto& command : running()) command->end(reason, true);
    host_->end();
    collect();
}

// With the mutex locked: at its TTL, or when it has been idle for too long.
inline SessionCore::Clock::time_point SessionCore::end_of_its_own() const {
    const auto ttl_end = host_->ttl_end();
    if (!idle_timeout_ || !running_.empty() || starting_ > 0) return ttl_end;
    // A time-out beyond that may be beyond what the clock can tell.
    const auto left = std::chrono::floor<std::chrono::milliseconds>(ttl_end - last_use_);
    return *idle_timeout_ < left ? last_use_ + *idle_timeout_ : ttl_end;
}

inline void SessionCore::keep() {
#ifdef __linux__
    static_cast<void>(::pthread_setname_np(::pthread_self(), "cellos-session"));
#endif
    std::unique_lock lock{mutex_};
    while (!is_closed_) {
        const auto now = Clock::now();
        auto next = end_of_its_own();
        if (is_stopped_ || now >= next) {
            const auto reason =
                is_stopped_ ? ExitStatus::Kind::Cancelled : ExitStatus::Kind::TimedOut;
            lock.unlock();
            return end_all(reason);
        }
        for (const auto& command : running_) next = (std::min)(next, command->escalate(now));
        changed_.wait_until(lock, (std::max)(next, now + std::chrono::milliseconds{1}));
    }
}

} // namespace cellos::inline CELLOS_ABI::detail
