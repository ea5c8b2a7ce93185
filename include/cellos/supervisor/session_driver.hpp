#pragma once

#include <cellos/core/command.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/session_concepts.hpp>
#include <cellos/core/session_context.hpp>
#include <cellos/supervisor/ports.hpp>
#include <cellos/supervisor/run_state.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>
#include <utility>

/// @file
/// A backend's session as Session sees it. That is no template: these two interfaces are all that
/// it knows of backends.

namespace cellos::inline CELLOS_ABI::detail {

/// A SessionProcess. What it throws has become an error.
class CELLOS_POLYMORPHIC ProcessDriver {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    ProcessDriver() = default;
    ProcessDriver(const ProcessDriver&) = delete;
    ProcessDriver& operator=(const ProcessDriver&) = delete;
    virtual ~ProcessDriver() = default;

    [[nodiscard]] virtual Result<std::optional<CommandEnd>> wait(
        TimePoint until, const std::stop_token& stop
    ) = 0;
    virtual void signal(int number) = 0;
};

/// A CommandSession, with the context that it was opened with.
class CELLOS_POLYMORPHIC SessionDriver {
public:
    SessionDriver() = default;
    SessionDriver(const SessionDriver&) = delete;
    SessionDriver& operator=(const SessionDriver&) = delete;
    virtual ~SessionDriver() = default;

    [[nodiscard]] virtual Result<std::unique_ptr<ProcessDriver>> start(const CommandContext& context
    ) = 0;
    virtual void end() noexcept = 0;
};

/// Calls `work` of a session with this context: its errors hold no value of a secret, and neither
/// do the exceptions that become errors about `who`.
template <class Work>
[[nodiscard]] auto discreetly(const SessionContext& context, std::string_view who, Work work)
    -> decltype(work()) {
    auto result = contained(CellosError::Kind::Host, who, work);
    if (!result) redact_secrets(result.error(), context.secrets);
    return result;
}

template <SessionProcess P>
class DrivenProcess final : public ProcessDriver {
public:
    /// `context`, that of its session, must outlive it.
    DrivenProcess(P process, const SessionContext& context)
        : process_{std::move(process)}, context_{context} {}

    [[nodiscard]] Result<std::optional<CommandEnd>> wait(
        TimePoint until, const std::stop_token& stop
    ) override {
        return discreetly(context_, "wait", [&] { return process_.wait(until, stop); });
    }

    void signal(int number) override {
        static_cast<void>(contained(CellosError::Kind::Host, "signal", [&]() -> Result<void> {
            process_.signal(number);
            return {};
        }));
    }

private:
    P process_;
    const SessionContext& context_;
};

template <CommandSession S>
class DrivenSession final : public SessionDriver {
public:
    explicit DrivenSession(SessionContext its_context) : context{std::move(its_context)} {}

    [[nodiscard]] Result<std::unique_ptr<ProcessDriver>> start(const CommandContext& its) override {
        using P = process_of<S>;
        auto started = discreetly(context, "start", [&] { return session->start(its); });
        if (!started) return failure_of(started);
        return std::make_unique<DrivenProcess<P>>(*std::move(started), context);
    }

    void end() noexcept override { session->end(); }

    SessionContext context;
    std::optional<S> session{}; ///< destroyed before its context
};

} // namespace cellos::inline CELLOS_ABI::detail
