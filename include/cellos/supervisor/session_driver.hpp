#pragma once

#include <cellos/core/command.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/session_concepts.hpp>
#include <cellos/core/session_context.hpp>
#include <cellos/supervisor/ports.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
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

template <SessionProcess P>
class DrivenProcess final : public ProcessDriver {
public:
    explicit DrivenProcess(P process) : process_{std::move(process)} {}

    [[nodiscard]] Result<std::optional<CommandEnd>> wait(
        TimePoint until, const std::stop_token& stop
    ) override {
        return contained(CellosError::Kind::Host, "wait", [&] {
            return process_.wait(until, stop);
        });
    }

    void signal(int number) override {
        static_cast<void>(contained(CellosError::Kind::Host, "signal", [&]() -> Result<void> {
            process_.signal(number);
            return {};
        }));
    }

private:
    P process_;
};

template <CommandSession S>
class DrivenSession final : public SessionDriver {
public:
    explicit DrivenSession(SessionContext its_context) : context{std::move(its_context)} {}

    [[nodiscard]] Result<std::unique_ptr<ProcessDriver>> start(const CommandContext& its) override {
        using P = process_of<S>;
        auto started =
            contained(CellosError::Kind::Host, "start", [&] { return session->start(its); });
        if (!started) return failure_of(started);
        return std::make_unique<DrivenProcess<P>>(*std::move(started));
    }

    void end() noexcept override { session->end(); }

    SessionContext context;
    std::optional<S> session{}; ///< destroyed before its context
};

} // namespace cellos::inline CELLOS_ABI::detail
