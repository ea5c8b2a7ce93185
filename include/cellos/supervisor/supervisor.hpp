#pragma once

#include <cellos/core/explain.hpp>
#include <cellos/supervisor/cell.hpp>
#include <cellos/supervisor/life.hpp>
#include <cellos/supervisor/run_options.hpp>
#include <cellos/supervisor/session.hpp>
#include <cellos/supervisor/session_life.hpp>

#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace cellos::inline CELLOS_ABI {

namespace detail {

/// From create to destroy: every path returns a cell that was torn down.
template <class Life>
[[nodiscard]] Cell<Life, CellState::TornDown> use_and_destroy(
    Life& life, Cell<Life, CellState::Created> created
) {
    auto provisioned = std::move(created).secrets();
    if (!provisioned) return std::move(provisioned).error().destroy();
    auto started = (*std::move(provisioned)).started();
    if (!life.has_run()) {
        if (!life.has_exports()) return std::move(started).destroy();
        return std::move(started).export_().destroy();
    }
    if (life.interrupted()) return std::move(started).destroy();
    auto ended = std::move(started).run();
    if (!life.has_exports()) return std::move(ended).destroy();
    return std::move(ended).export_().destroy();
}

/// Takes a cell through its whole lifecycle, in the order of the table.
template <class Life>
void run_lifecycle(Life& life) {
    auto admitted = Cell<Life, CellState::Requested>{life}.admit();
    if (!admitted) return;
    auto created = (*std::move(admitted)).create();
    if (!created) return;
    static_cast<void>(use_and_destroy(life, *std::move(created)).revoke().destroyed());
}

/// Stands in for arguments that were not accepted, so that the compiler prints the one sentence
/// about them and no further errors.
struct NoParts {
    NoParts() = default;
    explicit NoParts(auto&&...) noexcept {}
};

} // namespace detail

/// Runs documents on one backend: it takes each cell through create → run → destroy, and calls the
/// ports on the way.
///
/// The backend comes first, then any number of ports in any order, each recognised by the concepts
/// that it satisfies; one object may have several roles. Each sink gets all events, each export
/// sink all artifacts, each tracer all phases; there is at most one secret broker, and at most one
/// admission policy. Arguments are moved in; `std::ref(x)` shares an object that the caller keeps
/// alive, movable or not. If a port has a constant `name`, messages about it use that.
///
///     MemoryEventSink events;
///     Supervisor supervisor{StubCellBackend{}, std::ref(events), EnvSecretBroker{}};
///     const Result<CellReport> report = supervisor.run(document);
///     if (!report) return report.error().what(); // no workload has ended
///     if (report->exit) return shell_exit_code(*report->exit);
///
template <class Backend, class... Ports>
class Supervisor {
    // At most one of these fails. Without references, a type is explained only once.
    static_assert(detail::explain_backend<std::remove_reference_t<Backend>>());
    static_assert(detail::explain_port<detail::unclear_port<Backend, Ports...>>());
    static_assert(detail::explain_single_ports<Backend, Ports...>());

    static constexpr bool accepted = Supervisable<Backend, Ports...>;
    static constexpr bool movable = detail::can_be_taken_over<Backend, Ports...>;

public:
    Supervisor() = default;
    explicit Supervisor(Backend backend, Ports... ports)
        requires detail::can_be_taken_over<Backend, Ports...> // `movable`, but for deduction
        : parts_{std::forward<Backend>(backend), std::forward<Ports>(ports)...} {}
    /// Never compiles, and says why.
    template <class First, class... Others>
        requires(!movable && !std::is_same_v<std::remove_cvref_t<First>, Supervisor>)
    explicit Supervisor(First&&, Others&&...) : Supervisor{detail::NoParts{}} {
        if constexpr (accepted) static_assert(detail::explain_take_over<Backend, Ports...>());
    }

    /// Runs one cell, from the checks of its document to the proof that the cell is gone, and
    /// blocks until then.
    ///
    /// An error means that no workload has ended: the document was refused, or the cell, its
    /// secrets or the execution failed. Otherwise there is a report, even if something failed
    /// later. In both cases a cell that was created has been torn down and its secrets revoked; a
    /// failure to do so is in the report or the error.
    ///
    /// Thread-safe, provided that the backend and the ports are, as their concepts require. It is
    /// not const, since it calls them as non-const objects.
    [[nodiscard]] Result<CellReport> run(
        const ExecutionCellDocument& document, RunOptions options = {}
    ) {
        Result<CellReport> result;
        if constexpr (accepted) {
            detail::Life<Backend, Ports...> life{parts_, document, options, *result};
            detail::run_lifecycle(life);
            life.finish(result);
        }
        return result;
    }

    /// Creates a cell for many commands, and returns once it is ready for them. `spec.run` may be
    /// absent; otherwise its command is the first one (Session::first), and its limits, time-out,
    /// working directory and delivery of secrets are the defaults and the bounds of each command.
    ///
    /// After an error nothing is left of the cell. The errors are those of run(); Cancelled, it was
    /// stopped before it was open. The supervisor and its ports must outlive the session.
    /// Thread-safe, as run() is; the ports are called by the threads that use the session, and by
    /// one of its own.
    [[nodiscard]] Result<Session> open(
        const ExecutionCellDocument& document, SessionOptions options = {}
    ) {
        if constexpr (accepted) {
            static_assert(
                detail::opens_on<Backend> != ExecutedOn::Nowhere,
                "B has no sessions: it must have open_session(const CellHandle&, SessionContext&) "
                "-> Result<Session> (see cellos/core/session_concepts.hpp), or declare runs_on_host"
            );
            if constexpr (detail::opens_on<Backend> != ExecutedOn::Nowhere) {
                using Owned = detail::OwnedSession<Backend, Ports...>;
                auto owned = std::make_unique<Owned>(parts_, document, options);
                if (auto opened = owned->open(); !opened) return failure_of(opened);
                return detail::make_session(std::move(owned), options);
            }
        }
        return failure(CellosError::Kind::Unsupported, "no sessions");
    }

private:
    explicit Supervisor(detail::NoParts) // never defined
        requires(!movable);

    [[no_unique_address]] std::
        conditional_t<accepted, std::tuple<Backend, Ports...>, detail::NoParts>
            parts_;
};

template <class Backend, class... Ports>
Supervisor(Backend&&, Ports&&...)
    -> Supervisor<std::unwrap_ref_decay_t<Backend>, std::unwrap_ref_decay_t<Ports>...>;

} // namespace cellos::inline CELLOS_ABI
