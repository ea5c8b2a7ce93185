#pragma once

#include <cellos/core/port_concepts.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

/// @file
/// How the supervisor reaches what its user gave it: every port of a role, in the order of the
/// arguments, with whatever it throws turned into an error that says who failed and when.

namespace cellos::inline CELLOS_ABI::detail {

/// The exception that is being handled, as an error about `who`. Apart from `contained`, so that
/// what almost never happens does not weigh on what always does.
[[nodiscard]] inline CellosError handled_exception(CellosError::Kind kind, std::string_view who) {
    CellosError error{kind, std::string{who} + " threw an exception"};
    try {
        throw;
    } catch (const std::exception& exception) {
        error.message.append(": ").append(exception.what());
    } catch (...) {
        // It says nothing about itself.
    }
    return error;
}

/// Calls `work`, which returns a Result. What it throws becomes an error about `who`.
template <class Work>
[[nodiscard]] auto contained(CellosError::Kind kind, std::string_view who, Work&& work)
    -> decltype(work()) {
    try {
        return work();
    } catch (...) {
        return failure(handled_exception(kind, who));
    }
}

/// A role of a port: who has it, what it is called in messages, and the kind of its errors.
struct SinkRole {
    template <class P>
    static constexpr bool plays = EventSink<P>;
    static constexpr std::string_view noun = "event sink";
    static constexpr auto kind = CellosError::Kind::EventSink;
};
struct BrokerRole {
    template <class P>
    static constexpr bool plays = SecretBroker<P>;
    static constexpr std::string_view noun = "secret broker";
    static constexpr auto kind = CellosError::Kind::SecretBroker;
};
struct ExportRole {
    template <class P>
    static constexpr bool plays = ExportSink<P>;
    static constexpr std::string_view noun = "export sink";
    static constexpr auto kind = CellosError::Kind::ExportSink;
};
struct TracerRole {
    template <class P>
    static constexpr bool plays = Tracer<P>;
    static constexpr std::string_view noun = "tracer";
    static constexpr auto kind = CellosError::Kind::Host;
};

template <class Role, class... Ports>
inline constexpr bool has_role = (Role::template plays<Ports> || ...);

/// The port's constant `name`, if it has one.
template <class P>
[[nodiscard]] constexpr std::string_view port_name() noexcept {
    if constexpr (has_backend_name<P>) {
        return std::remove_reference_t<P>::name;
    } else {
        return {};
    }
}

/// What a port is called in messages: its name, if it has one, and its place among the ports.
template <class Role, class P>
[[nodiscard]] std::string port_label(std::size_t number) {
    std::string label{Role::noun};
    if (!port_name<P>().empty()) {
        label += ' ';
        label += port_name<P>();
    }
    label += " (port ";
    label += std::to_string(number);
    label += ')';
    return label;
}

/// An error of a port, as a report shows it: of the role's kind, naming the port and the phase.
template <class Role, class P>
[[nodiscard]] CellosError port_error(std::size_t number, Phase phase, const CellosError& error) {
    std::string message = port_label<Role, P>(number);
    message += ", phase ";
    message += to_string(phase);
    message += ": ";
    message += error.kind == Role::kind ? error.message : error.what();
    return {Role::kind, std::move(message)};
}

/// Calls `visit(port, number)` with each port that has the role, in the order of the arguments, and
/// nothing at all where none has it. `number` counts all ports from 1; the backend is number 0.
template <class Role, class Backend, class... Ports, class Visit>
void for_each_port(std::tuple<Backend, Ports...>& parts, Visit visit) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        const auto offer =
            [&]<std::size_t N,
                class P>(std::integral_constant<std::size_t, N>, std::type_identity<P>) {
                if constexpr (Role::template plays<P>)
                    visit(std::get<N>(parts), std::integral_constant<std::size_t, N>{});
            };
        (offer(std::integral_constant<std::size_t, I + 1>{}, std::type_identity<Ports>{}), ...);
    }(std::index_sequence_for<Ports...>{});
}

} // namespace cellos::inline CELLOS_ABI::detail
