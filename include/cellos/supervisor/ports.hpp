#pragma once

#include <cellos/core/port_concepts.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

/// @file
/// How the supervisor calls its ports: all ports of a role, in the order of the arguments.
/// Exceptions become errors that say which port failed, and in which phase.

namespace cellos::inline CELLOS_ABI::detail {

/// The exception that is being handled, as an error about `who`. Separate from `contained`, to keep
/// that small.
[[nodiscard]] CELLOS_DECL CellosError
handled_exception(CellosError::Kind kind, std::string_view who);

/// Calls `work`, which returns a Result. An exception becomes an error about `who`.
template <class Work>
[[nodiscard]] auto contained(CellosError::Kind kind, std::string_view who, Work&& work)
    -> decltype(work()) {
    try {
        return work();
    } catch (...) {
        return failure(handled_exception(kind, who));
    }
}

/// A role of a port: which ports have it, its name in messages, and the kind of its errors.
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

struct PolicyRole {
    template <class P>
    static constexpr bool plays = AdmissionPolicy<P>;
    static constexpr std::string_view noun = "admission policy";
    static constexpr auto kind = CellosError::Kind::PolicyRefused;
};

template <class Role, class... Ports>
inline constexpr bool has_role = (Role::template plays<Ports> || ...);

/// A port in messages: its role, the kind of its errors, its name (may be empty), and its number
/// among the ports, from 1.
struct PortLabel {
    std::string_view noun;
    CellosError::Kind kind;
    std::string_view name;
    std::size_t number;
};

template <class Role, class P>
[[nodiscard]] constexpr PortLabel port_label(std::size_t number) noexcept {
    return {Role::noun, Role::kind, port_name_of<P>, number};
}

/// An error of a port, as a report shows it: with the kind of the role, naming the port and the
/// phase.
[[nodiscard]] CELLOS_DECL CellosError
port_error(const PortLabel& port, Phase phase, const CellosError& error);

/// Calls `visit(port, number)` for each port that has the role, in the order of the arguments.
/// `number` counts all ports from 1; the backend is number 0.
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

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/ports.ipp>
#endif
