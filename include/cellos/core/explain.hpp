/// @file
/// Says in one sentence why a type is no backend or no port. The class that users name begins with
/// `static_assert(detail::explain_supervisor<…>())`; each ladder stops at its first failing rung,
/// so that the sentence is the only error.
#pragma once

#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/port_concepts.hpp>

#include <cstddef>

namespace cellos::inline v0 {

namespace detail {

template <class...>
inline constexpr bool never = false;

template <class B>
concept names_something = requires { std::remove_reference_t<B>::name; };

template <class B>
concept creates_plain_handle =
    requires(lvalue_of<B> backend, const ExecutionCellDocument& document) {
        { backend.create(document) } -> same<CellHandle>;
    };

template <class B>
concept destroys_mutable_handle = requires(lvalue_of<B> backend, CellHandle& handle) {
    { backend.destroy(handle) } -> same<Result<TeardownReport>>;
};

template <class B>
concept mentions_runs_on_host = requires { std::remove_reference_t<B>::runs_on_host; };

template <class B>
concept runs_on_host_is_constant = requires {
    typename std::bool_constant<static_cast<bool>(std::remove_reference_t<B>::runs_on_host)>;
};

template <class B>
consteval bool explain_backend_name() {
    if constexpr (!has_backend_name<B> && names_something<B>) {
        static_assert(
            never<B>,
            "B::name must be a compile-time constant: static constexpr std::string_view name = …"
        );
    } else {
        static_assert(
            has_backend_name<B>, "B must have a name: static constexpr std::string_view name = …"
        );
    }
    return has_backend_name<B>;
}

template <class B>
consteval bool explain_create() {
    if constexpr (creates_plain_handle<B>) {
        static_assert(
            never<B>, "B::create returns a plain CellHandle; it must return Result<CellHandle>"
        );
    } else {
        static_assert(
            has_create<B>, "B must have create(const ExecutionCellDocument&) -> Result<CellHandle>"
        );
    }
    return has_create<B>;
}

template <class B>
consteval bool explain_destroy() {
    if constexpr (!has_destroy<B> && destroys_mutable_handle<B>) {
        static_assert(never<B>, "B::destroy takes CellHandle&; it must take const CellHandle&");
    } else {
        static_assert(
            has_destroy<B>, "B must have destroy(const CellHandle&) -> Result<TeardownReport>"
        );
    }
    return has_destroy<B>;
}

// A near miss must never turn a sandbox into the host, so it is an error and not just "no
// execution".
template <class B>
consteval bool explain_execute() {
    if constexpr (has_execute<B>) {
        return true;
    } else if constexpr (has_member_named_execute<B>) {
        static_assert(
            never<B>,
            "B has a member called execute that does not fit: it must be one public "
            "execute(const CellHandle&, const RunContext&) -> Result<ExitStatus>"
        );
        return false;
    } else if constexpr (decorates_in_cell_execution<B>) {
        static_assert(
            never<B>,
            "B decorates a backend that executes in the cell and must forward "
            "execute(const CellHandle&, const RunContext&) -> Result<ExitStatus>"
        );
        return false;
    } else if constexpr (mentions_runs_on_host<B> && !runs_on_host_is_constant<B>) {
        static_assert(
            never<B>,
            "B::runs_on_host must be a compile-time constant: static constexpr bool runs_on_host = "
            "…"
        );
        return false;
    } else if constexpr (RunsOnHost<B> && std::is_final_v<std::remove_cvref_t<B>>) {
        static_assert(
            never<B>,
            "B runs on the host and must not be final, so that a hidden execute can be told from "
            "none"
        );
        return false;
    } else {
        return true;
    }
}

template <class B>
consteval bool explain_backend() {
    if constexpr (!CellBackend<B> && Port<B>) {
        static_assert(
            never<B>, "the first argument of Supervisor must be a backend; this one is a port"
        );
        return false;
    } else if constexpr (!explain_backend_name<B>()) {
        return false;
    } else if constexpr (!explain_create<B>()) {
        return false;
    } else if constexpr (!explain_destroy<B>()) {
        return false;
    } else {
        return explain_execute<B>();
    }
}

template <class P>
concept emits_void = requires(lvalue_of<P> port, const CloudEvent& event) {
    { port.emit(event) } -> same<void>;
};

template <class P>
concept half_a_secret_broker = has_resolve<P> != has_revoke_for_cell<P>;

template <class P>
consteval bool explain_port() {
    if constexpr (half_a_secret_broker<P>) {
        static_assert(
            has_resolve<P>,
            "a secret broker must have resolve(std::string_view, const CellHandle&) -> "
            "Result<Secret>"
        );
        static_assert(
            has_revoke_for_cell<P>,
            "a secret broker must have revoke_for_cell(std::string_view cell_id) -> Result<void>"
        );
        return false;
    } else if constexpr (Port<P>) {
        return true;
    } else if constexpr (CellBackend<P>) {
        static_assert(
            never<P>, "a Supervisor has one backend, its first argument; this is a second one"
        );
        return false;
    } else if constexpr (emits_void<P>) {
        static_assert(
            never<P>,
            "P::emit returns void; an event sink must have emit(const CloudEvent&) -> Result<void>"
        );
        return false;
    } else {
        // A plain false: of four alternatives at once the compiler would explain each.
        static_assert(
            never<P>,
            "this argument is no port: neither EventSink, SecretBroker, ExportSink nor Tracer"
        );
        return false;
    }
}

template <class... Ports>
inline constexpr std::size_t secret_brokers =
    (std::size_t{0} + ... + std::size_t{SecretBroker<Ports>});

// Always true: whoever asserts it must not add an error of its own to the one sentence.
template <class B, class... Ports>
consteval bool explain_supervisor() {
    if constexpr (explain_backend<B>()) {
        if constexpr ((explain_port<Ports>() && ... && true)) {
            static_assert(
                secret_brokers<Ports...> <= 1, "a Supervisor takes at most one secret broker"
            );
        }
    }
    return true;
}

} // namespace detail

/// The plain question, for code that must stay SFINAE-friendly: would `Supervisor<B, Ports...>` be
/// accepted?
template <class B, class... Ports>
concept Supervisable =
    CellBackend<B> &&
    (InCellExecution<B> || (!has_member_named_execute<B> && !decorates_in_cell_execution<B>)) &&
    (Port<Ports> && ...) && detail::secret_brokers<Ports...> <= 1;

} // namespace cellos::inline v0
