#pragma once

#include <cellos/supervisor/running_command.hpp>
#include <cellos/supervisor/session.hpp>
#include <cellos/supervisor/session_core.hpp>

#include <utility>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL Process::Process(
    std::shared_ptr<detail::SessionCore> session, std::shared_ptr<detail::RunningCommand> command
) noexcept
    : session_{std::move(session)}, command_{std::move(command)} {}

CELLOS_DECL Process::Process(Process&&) noexcept = default;

CELLOS_DECL Process& Process::operator=(Process&& other) noexcept {
    if (this != &other) end();
    session_ = std::move(other.session_);
    command_ = std::move(other.command_);
    return *this;
}

CELLOS_DECL Process::~Process() {
    end();
}

inline void Process::end() noexcept {
    if (!command_) return;
    command_->end(ExitStatus::Kind::Cancelled, true);
    static_cast<void>(session_->wait(*command_, (std::chrono::steady_clock::time_point::max)()));
}

CELLOS_DECL const std::string& Process::id() const noexcept {
    return command_->id();
}

CELLOS_DECL Result<CommandReport> Process::wait() {
    auto report = session_->wait(*command_, (std::chrono::steady_clock::time_point::max)());
    if (!report) return failure_of(report);
    return **std::move(report);
}

CELLOS_DECL Result<std::optional<CommandReport>> Process::wait_for(std::chrono::nanoseconds time) {
    const auto now = std::chrono::steady_clock::now();
    const auto room = (std::chrono::steady_clock::time_point::max)() - now;
    return session_->wait(*command_, now + (std::min)(time, std::chrono::nanoseconds{room}));
}

CELLOS_DECL void Process::signal(int number) {
    command_->signal(number);
}

CELLOS_DECL Result<Session> detail::make_session(
    std::unique_ptr<SessionHost> host, const SessionOptions& options
) {
    auto core = SessionCore::make(std::move(host), options);
    if (!core) return failure_of(core);
    return Session{*std::move(core)};
}

CELLOS_DECL Session::Session(std::shared_ptr<detail::SessionCore> core) noexcept
    : core_{std::move(core)} {}

CELLOS_DECL Session::Session(Session&&) noexcept = default;

CELLOS_DECL Session& Session::operator=(Session&& other) noexcept {
    if (this != &other && core_) static_cast<void>(core_->close());
    core_ = std::move(other.core_);
    return *this;
}

CELLOS_DECL Session::~Session() {
    if (core_) static_cast<void>(core_->close());
}

CELLOS_DECL const std::optional<CommandReport>& Session::first() const noexcept {
    return core_->first();
}

CELLOS_DECL Result<CommandReport> Session::run(const Command& command, CommandOptions options) {
    auto process = start(command, std::move(options));
    if (!process) return failure_of(process);
    return process->wait();
}

CELLOS_DECL Result<Process> Session::start(const Command& command, CommandOptions options) {
    auto running = core_->start(command, std::move(options));
    if (!running) return failure_of(running);
    return Process{core_, *std::move(running)};
}

CELLOS_DECL Result<CellReport> Session::close() && {
    return std::exchange(core_, nullptr)->close();
}

} // namespace cellos::inline CELLOS_ABI
