/// @file
/// Which types a Supervisor accepts, in addition to their concepts: a type with an operation that
/// almost fits is refused, rather than treated as one without the operation.
/// <cellos/core/explain.hpp> explains it to the user.
#pragma once

#include <cellos/core/argv_bounds.hpp>
#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/session_concepts.hpp>

#include <cstddef>
#include <type_traits>

namespace cellos::inline CELLOS_ABI {

namespace detail {

// --- Near misses of a backend -----------------------------------------------------------------

template <class B>
concept has_inconstant_name =
    !has_backend_name<B> && requires { std::remove_reference_t<B>::name; };

template <class B>
concept creates_plain_handle =
    requires(lvalue_of<B> backend, const ExecutionCellDocument& document) {
        { backend.create(document) } -> same<CellHandle>;
    };

template <class B>
concept destroys_mutable_handle =
    !has_destroy<B> && requires(lvalue_of<B> backend, CellHandle& handle) {
        { backend.destroy(handle) } -> same<Result<TeardownReport>>;
    };

template <class B>
concept has_inconstant_runs_on_host = requires {
    std::remove_reference_t<B>::runs_on_host;
} && !requires { typename std::bool_constant<bool{std::remove_reference_t<B>::runs_on_host}>; };

// Not the defaults for a backend that wanted to say something else.
template <class B>
concept has_unusable_argv_bounds =
    !StatesArgvBounds<B> && requires { std::remove_reference_t<B>::argv_bounds; };

template <class B>
concept hides_execute_from_host = RunsOnHost<B> && std::is_final_v<std::remove_cvref_t<B>>;

// It is certain where its workloads run.
template <class B>
concept clear_backend =
    CellBackend<B> && !has_unusable_argv_bounds<B> &&
    (InCellExecution<B> || !(has_member_named_execute<B> || decorates_in_cell_execution<B> ||
                             has_inconstant_runs_on_host<B> || hides_execute_from_host<B>)) &&
    (CommandSessions<B> || !(has_member_named_open_session<B> || decorates_command_sessions<B>));

// --- Near misses of a port --------------------------------------------------------------------

struct PortProbe {
    int emit, resolve, revoke_for_cell, export_artifact, begin, end, decide;
};

template <class P>
using port_or_probe = Beside<std::remove_cvref_t<P>, PortProbe>;

template <class P>
concept misses_emit = !has_emit<P> && open_to_probes<P> && !requires { &port_or_probe<P>::emit; };

template <class P>
concept emits_void = requires(lvalue_of<P> port, const CloudEvent& event) {
    { port.emit(event) } -> same<void>;
};

template <class P>
concept mentions_half_of_broker =
    has_resolve<P> || has_revoke_for_cell<P> || (open_to_probes<P> && !requires {
        &port_or_probe<P>::resolve;
        &port_or_probe<P>::revoke_for_cell;
    });

template <class P>
concept misses_half_of_broker = !SecretBroker<P> && mentions_half_of_broker<P>;

template <class P>
concept misses_export_artifact = !has_export_artifact<P> && open_to_probes<P> &&
                                 !requires { &port_or_probe<P>::export_artifact; };

// A container has no such function.
template <class P>
concept begins_by_cell_id =
    !has_begin<P> && requires(lvalue_of<P> port, std::string_view text) { port.begin(text, text); };

// A type that also has an `end` is probably a container, and another port may be one.
template <class P>
concept misses_begin_of_tracer = !Port<P> && open_to_probes<P> && !requires {
    &port_or_probe<P>::begin;
} && requires { &port_or_probe<P>::end; };

template <class P>
concept misses_begin = begins_by_cell_id<P> || misses_begin_of_tracer<P>;

template <class P>
concept misses_decide =
    !has_decide<P> && open_to_probes<P> && !requires { &port_or_probe<P>::decide; };

// None of its operations would be silently ignored.
template <class P>
concept clear_port = Port<P> && !misses_emit<P> && !misses_half_of_broker<P> &&
                     !misses_export_artifact<P> && !misses_begin<P> && !misses_decide<P>;

template <class... Ports>
inline constexpr std::size_t secret_brokers =
    (std::size_t{0} + ... + std::size_t{SecretBroker<Ports>});

template <class... Ports>
inline constexpr std::size_t admission_policies =
    (std::size_t{0} + ... + std::size_t{AdmissionPolicy<Ports>});

} // namespace detail

/// Whether `Supervisor<B, Ports...>` would be accepted, for code that must stay SFINAE-friendly.
///
///     template <class Backend, class Sink>
///         requires cellos::Supervisable<Backend, Sink>
///     int judge(Backend backend, Sink sink) {
///         return run(cellos::Supervisor{std::move(backend), std::move(sink)});
///     }
template <class B, class... Ports>
concept Supervisable =
    detail::clear_backend<B> && (detail::clear_port<Ports> && ...) &&
    detail::secret_brokers<Ports...> <= 1 && detail::admission_policies<Ports...> <= 1;

} // namespace cellos::inline CELLOS_ABI
