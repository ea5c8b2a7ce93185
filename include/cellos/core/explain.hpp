/// @file
/// Explains in one sentence why a type is not a backend or a port. The class that users instantiate
/// begins by asserting the functions below. Each checks the requirements in order, stops at the
/// first that fails, and itself always returns true, so that the sentence is the only error. The
/// failing assertion is on the requirement itself, so that the compiler adds the details, or on
/// plain false if the sentence says it all.
#pragma once

#include <cellos/core/supervisable.hpp>

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>

namespace cellos::inline CELLOS_ABI::detail {

template <class...>
inline constexpr bool never = false;

// An almost fitting `open_session` must not make sessions of a supervisor run on the host, nor a
// decorator lose them.
template <class B>
consteval void explain_sessions() {
    if constexpr (!has_member_named_open_session<B>) {
        static_assert(
            never<B>,
            "B decorates a backend with sessions and must forward "
            "open_session(const CellHandle&, SessionContext&) -> Result<Session>"
        );
    } else if constexpr (!has_open_session<B>) {
        static_assert(
            never<B>,
            "B has a member called open_session that does not fit; it must be one public "
            "open_session(const CellHandle&, SessionContext&) -> Result<Session>"
        );
    } else if constexpr (!has_start<session_of<B>>) {
        static_assert(
            never<B>, "the session of B must have start(const CommandContext&) -> Result<Process>"
        );
    } else if constexpr (!has_end<session_of<B>>) {
        static_assert(never<B>, "the session of B must have end() noexcept");
    } else if constexpr (!has_wait<process_of<session_of<B>>>) {
        static_assert(
            never<B>,
            "the process of B's session must have wait(std::chrono::steady_clock::time_point, "
            "const std::stop_token&) -> Result<std::optional<CommandEnd>>"
        );
    } else if constexpr (!has_signal<process_of<session_of<B>>>) {
        static_assert(never<B>, "the process of B's session must have signal(int number)");
    } else {
        static_assert(never<B>, "the session of B and its process must be movable");
    }
}

// An almost fitting `execute` must never make the workload run on the host, so it is an error and
// not just "no execution".
template <class B>
consteval bool explain_backend() {
    if constexpr (clear_backend<B>) {
        // Nothing to explain.
    } else if constexpr (!has_create<B> && !has_destroy<B> && Port<B>) {
        static_assert(
            never<B>, "the first argument of Supervisor must be a backend; this one is a port"
        );
    } else if constexpr (std::is_const_v<B> && CellBackend<std::remove_const_t<B>>) {
        static_assert(
            never<B>,
            "B is const; a backend is called as a non-const object, so share it by std::ref"
        );
    } else if constexpr (has_inconstant_name<B>) {
        static_assert(
            never<B>,
            "B::name must be a compile-time constant: static constexpr std::string_view name"
        );
    } else if constexpr (!has_backend_name<B>) {
        static_assert(
            has_backend_name<B>, "B must have a name: static constexpr std::string_view name"
        );
    } else if constexpr (creates_plain_handle<B>) {
        static_assert(
            never<B>,
            "B::create returns a plain CellHandle; it must be "
            "create(const ExecutionCellDocument&) -> Result<CellHandle>"
        );
    } else if constexpr (!has_create<B>) {
        static_assert(
            has_create<B>, "B must have create(const ExecutionCellDocument&) -> Result<CellHandle>"
        );
    } else if constexpr (destroys_mutable_handle<B>) {
        static_assert(
            never<B>,
            "B::destroy takes CellHandle&; it must be "
            "destroy(const CellHandle&) -> Result<TeardownReport>"
        );
    } else if constexpr (!has_destroy<B>) {
        static_assert(
            has_destroy<B>, "B must have destroy(const CellHandle&) -> Result<TeardownReport>"
        );
    } else if constexpr (has_unusable_argv_bounds<B>) {
        static_assert(
            never<B>, "B::argv_bounds must be a constant: static constexpr ArgvBounds argv_bounds"
        );
    } else if constexpr (InCellExecution<B>) {
        explain_sessions<B>();
    } else if constexpr (has_member_named_execute<B>) {
        static_assert(
            has_execute<B>,
            "B has a member called execute that does not fit; it must be one public "
            "execute(const CellHandle&, const RunContext&) -> Result<ExitStatus>"
        );
    } else if constexpr (decorates_in_cell_execution<B>) {
        static_assert(
            never<B>,
            "B decorates a backend that executes in the cell and must forward "
            "execute(const CellHandle&, const RunContext&) -> Result<ExitStatus>"
        );
    } else if constexpr (has_inconstant_runs_on_host<B>) {
        static_assert(
            never<B>,
            "B::runs_on_host must be a compile-time constant: static constexpr bool runs_on_host"
        );
    } else if constexpr (hides_execute_from_host<B>) {
        static_assert(
            never<B>,
            "B runs on the host and must not be final: a hidden execute could not be told from none"
        );
    } else {
        explain_sessions<B>();
    }
    return true;
}

template <class P>
consteval bool explain_port() {
    if constexpr (std::is_void_v<P>) {
        // Nothing to explain.
    } else if constexpr (std::is_const_v<P> && clear_port<std::remove_const_t<P>>) {
        static_assert(
            never<P>, "P is const; a port is called as a non-const object, so share it by std::ref"
        );
    } else if constexpr (emits_void<P>) {
        static_assert(
            never<P>, "P::emit returns void; it must be emit(const CloudEvent&) -> Result<void>"
        );
    } else if constexpr (misses_emit<P>) {
        static_assert(
            has_emit<P>, "the event sink P must have emit(const CloudEvent&) -> Result<void>"
        );
    } else if constexpr (misses_half_of_broker<P> && !has_resolve<P>) {
        static_assert(
            has_resolve<P>,
            "the secret broker P must have "
            "resolve(std::string_view reference, const CellHandle&) -> Result<Secret>"
        );
    } else if constexpr (misses_half_of_broker<P>) {
        static_assert(
            has_revoke_for_cell<P>,
            "the secret broker P must have "
            "revoke_for_cell(std::string_view cell_id) -> Result<void>"
        );
    } else if constexpr (misses_export_artifact<P>) {
        static_assert(
            has_export_artifact<P>,
            "the export sink P must have export_artifact(const ExportArtifactMetadata&, "
            "ArtifactReader&) -> Result<ExportReceipt>"
        );
    } else if constexpr (misses_begin<P>) {
        static_assert(
            has_begin<P>,
            "the tracer P must have "
            "begin(std::string_view span, const CellRef& cell) -> a span, which is an object"
        );
    } else if constexpr (misses_decide<P>) {
        static_assert(
            has_decide<P>,
            "the admission policy P must have "
            "decide(const ExecutionCellDocument&) -> Result<PolicyDecision>"
        );
    } else if constexpr (CellBackend<P>) {
        static_assert(
            never<P>, "a Supervisor has one backend, its first argument; this is a second one"
        );
    } else {
        static_assert(
            never<P>,
            "P is no port: neither EventSink, SecretBroker, ExportSink, Tracer nor AdmissionPolicy"
        );
    }
    return true;
}

template <class B, class... Ports>
consteval std::size_t unclear_port_index() {
    const std::array<bool, sizeof...(Ports) + 1> clear{clear_port<Ports>..., false};
    std::size_t first = 0;
    while (clear[first]) ++first;
    return clear_backend<B> ? first : sizeof...(Ports);
}

// The first port that has to be explained; void if there is none, or if the backend has to be
// explained first.
template <class B, class... Ports>
using unclear_port = std::remove_reference_t<
    std::tuple_element_t<unclear_port_index<B, Ports...>(), std::tuple<Ports..., void>>>;

template <class B, class... Ports>
consteval bool explain_single_ports() {
    if constexpr (!clear_backend<B> || !(clear_port<Ports> && ...)) {
        // Something else is to be explained first.
    } else if constexpr (secret_brokers<Ports...> > 1) {
        static_assert(
            secret_brokers<Ports...> <= 1, "a Supervisor takes at most one secret broker"
        );
    } else {
        static_assert(
            admission_policies<Ports...> <= 1, "a Supervisor takes at most one admission policy"
        );
    }
    return true;
}

// Only what a constructor takes over has to be movable: a supervisor may be made in place.
template <class B, class... Ports>
inline constexpr bool can_be_taken_over =
    std::is_move_constructible_v<B> && (std::is_move_constructible_v<Ports> && ...);

template <class B, class... Ports>
consteval bool explain_take_over() {
    if constexpr (!std::is_move_constructible_v<B>) {
        static_assert(never<B>, "B must be movable, or passed by std::ref");
    } else {
        static_assert(
            (std::is_move_constructible_v<Ports> && ...), "P must be movable, or passed by std::ref"
        );
    }
    return true;
}

} // namespace cellos::inline CELLOS_ABI::detail
