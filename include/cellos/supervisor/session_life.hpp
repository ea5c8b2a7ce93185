#pragma once

#include <cellos/core/session_concepts.hpp>
#include <cellos/core/session_context.hpp>
#include <cellos/core/validate.hpp>
#include <cellos/supervisor/cell.hpp>
#include <cellos/supervisor/host_session.hpp>
#include <cellos/supervisor/life.hpp>
#include <cellos/supervisor/session_driver.hpp>
#include <cellos/supervisor/session_host.hpp>
#include <cellos/supervisor/session_options.hpp>

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI::detail {

/// Where a supervisor of this backend runs the commands of sessions, as executes_on has it.
template <class Backend>
inline constexpr ExecutedOn opens_on =
    CommandSessions<Backend>                    ? ExecutedOn::Cell
    : RunsOnHost<Backend> && runs_host_commands ? ExecutedOn::Host
                                                : ExecutedOn::Nowhere;

/// A life with a session in the place of a run.
template <class Backend, class... Ports>
class SessionLife : public Life<Backend, Ports...> {
public:
    using Life<Backend, Ports...>::Life;

    [[nodiscard]] bool open() {
        this->state_.is_session = true;
        return this->in(Phase::Open, [&] {
            auto opened = open_session();
            if (opened) session_ = *std::move(opened);
            return opened || this->state_.fail(std::move(opened).error());
        });
    }

    /// Once it is open, until closed().
    [[nodiscard]] SessionDriver& session() noexcept { return *session_; }

    [[nodiscard]] Result<void> admit_command(const ExecutionCellDocument& command) {
        if (auto valid = validate_for(argv_bounds_of<Backend>, command); !valid) return valid;
        const auto decision = this->decide(command);
        if (decision && !decision->admits()) return failure(refusal(*decision));
        return {};
    }

    void spawned(const std::string& command_id, const std::vector<std::string>& argv) {
        if constexpr (Base::recording)
            this->emit_in(Phase::Run, [&] {
                return this->journal_.spawned(opens_on<Backend>, command_id, argv);
            });
    }
    void completed(
        const std::string& command_id,
        const Result<ExitStatus>& end,
        const std::optional<ResourceUsage>& usage
    ) {
        if constexpr (Base::recording)
            this->emit_in(Phase::Run, [&] {
                return this->journal_.completed(command_id, end, usage);
            });
    }

    /// Its commands have ended.
    void closed(const SessionOutcome& outcome) {
        session_.reset();
        this->state_.closed(outcome.commands, outcome.usage, outcome.ended_by, opens_on<Backend>);
    }
    [[nodiscard]] std::chrono::steady_clock::time_point ttl_end() const noexcept {
        return this->state_.ttl_end();
    }

private:
    using Base = Life<Backend, Ports...>;

    [[nodiscard]] Result<std::unique_ptr<SessionDriver>> open_session() {
        SessionContext context = this->state_.make_session_context();
        if constexpr (CommandSessions<Backend>) {
            return open_by(std::move(context), [&](SessionContext& its) {
                return this->backend().open_session(this->state_.cell(), its);
            });
        } else {
            return open_by(std::move(context), [&](SessionContext& its) {
                return HostSession::open(this->state_.cell(), its);
            });
        }
    }

    template <class Open>
    [[nodiscard]] Result<std::unique_ptr<SessionDriver>> open_by(
        SessionContext context, Open open
    ) {
        using S = typename decltype(open(context))::value_type;
        auto driver = std::make_unique<DrivenSession<S>>(std::move(context));
        auto opened =
            discreetly(driver->context, "open_session", [&] { return open(driver->context); });
        if (!opened) return failure_of(opened);
        this->state_.report.boot = driver->context.boot;
        driver->session.emplace(*std::move(opened));
        return driver;
    }

    std::unique_ptr<SessionDriver> session_{};
};

/// A session's cell from its opening to its end, and what its life refers to.
template <class Backend, class... Ports>
class OwnedSession final : public SessionHost {
public:
    OwnedSession(
        std::tuple<Backend, Ports...>& parts,
        ExecutionCellDocument document,
        SessionOptions& options
    )
        : document_{std::move(document)},
          options_{.stop = options.stop, .inputs = std::move(options.inputs)},
          life_{parts, document_, options_, *result_} {}

    /// After an error there is nothing left of the cell.
    [[nodiscard]] Result<void> open() {
        auto admitted = Cell<SessionLife<Backend, Ports...>, CellState::Requested>{life_}.admit();
        if (!admitted) return no_session();
        auto created = (*std::move(admitted)).create();
        if (!created) return no_session();
        auto provisioned = (*std::move(created)).secrets();
        if (!provisioned) return end(std::move(provisioned).error().destroy()), no_session();
        auto started = (*std::move(provisioned)).started();
        if (life_.interrupted()) return end(std::move(started).destroy()), no_session();
        auto opened = std::move(started).open();
        if (!opened) return end(std::move(opened).error().destroy()), no_session();
        opened_.emplace(*std::move(opened));
        return {};
    }

    [[nodiscard]] const ExecutionCellDocument& document() const noexcept override {
        return document_;
    }
    [[nodiscard]] TimePoint ttl_end() const noexcept override { return life_.ttl_end(); }
    [[nodiscard]] Result<void> admit(const ExecutionCellDocument& command) override {
        return life_.admit_command(command);
    }
    [[nodiscard]] Result<std::unique_ptr<ProcessDriver>> start(const CommandContext& context
    ) override {
        return life_.session().start(context);
    }
    void end() noexcept override { life_.session().end(); }
    void spawned(const std::string& command_id, const std::vector<std::string>& argv) override {
        life_.spawned(command_id, argv);
    }
    void completed(
        const std::string& command_id,
        const Result<ExitStatus>& end,
        const std::optional<ResourceUsage>& usage
    ) override {
        life_.completed(command_id, end, usage);
    }

    [[nodiscard]] Result<CellReport> close(const SessionOutcome& outcome) override {
        life_.closed(outcome);
        if (life_.has_exports())
            end((*std::move(opened_)).export_().destroy());
        else
            end((*std::move(opened_)).destroy());
        life_.finish(result_);
        return std::move(result_);
    }

private:
    void end(Cell<SessionLife<Backend, Ports...>, CellState::TornDown> torn_down) {
        static_cast<void>(std::move(torn_down).revoke().destroyed());
    }

    // Why there is none.
    [[nodiscard]] Result<void> no_session() {
        life_.finish(result_);
        if (!result_) return failure_of(result_);
        const bool late = result_->exit && result_->exit->kind == ExitStatus::Kind::TimedOut;
        return failure(
            CellosError::Kind::Cancelled,
            late ? "the cell's time to live was over before the session was open"
                 : "stopped before the session was open"
        );
    }

    const ExecutionCellDocument document_;
    RunOptions options_;
    Result<CellReport> result_{};
    SessionLife<Backend, Ports...> life_;
    std::optional<Cell<SessionLife<Backend, Ports...>, CellState::Opened>> opened_{};
};

} // namespace cellos::inline CELLOS_ABI::detail
