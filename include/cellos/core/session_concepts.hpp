/// @file
/// What a backend with sessions must offer beside CellBackend: one cell, many commands. Includes
/// only forward declarations (<cellos/core/fwd.hpp>).
///
/// A backend B satisfies CommandSessions if
///   1. `b.open_session(handle, context)` returns exactly Result<S> for a const CellHandle and a
///      SessionContext, where S is a movable CommandSession. The context outlives the session.
///
/// A type S satisfies CommandSession if
///   2. `s.start(context)` returns exactly Result<P> for a const CommandContext, where P is a
///      SessionProcess: a command that has been executed. Several threads may call it at once;
///   3. `s.end()` ends everything in the session; what waits for a command comes back. May be
///      called at any time by any thread, several times, and does not throw.
///
/// A movable type P satisfies SessionProcess if
///   4. `p.wait(until, stop)` returns exactly Result<std::optional<CommandEnd>> for a time point of
///      the steady clock and a std::stop_token: the end of the command, or nothing if it goes on at
///      `until` or when a stop is requested. It serves the command's streams meanwhile, and is
///      called by one thread at a time, not any more after it has told an end or an error;
///   5. `p.signal(number)` signals the command, from any thread. Its destructor ends the command.
#pragma once

#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/fwd.hpp>

#include <chrono>
#include <concepts>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace cellos::inline CELLOS_ABI {

namespace detail {

template <class>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<tl::expected<T, CellosError>> = true;

template <class T>
concept some_result = is_result<T>;

} // namespace detail

/// A wait that comes back at `until`, at a stop, or with the command's end.
template <class P>
concept has_wait =
    requires(P& process, std::chrono::steady_clock::time_point until, const std::stop_token& stop) {
        { process.wait(until, stop) } -> detail::same<Result<std::optional<CommandEnd>>>;
    };

/// Signals are how a supervisor ends a command: SIGTERM, and then SIGKILL.
template <class P>
concept has_signal = requires(P& process, int number) { process.signal(number); };

/// A command of a session, from its exec to its end.
///
///     struct Running {
///         Result<std::optional<CommandEnd>> wait(
///             std::chrono::steady_clock::time_point until, const std::stop_token& stop);
///         void signal(int number);
///     };
template <class P>
concept SessionProcess = std::movable<P> && has_wait<P> && has_signal<P>;

/// The result must say why a command could not be executed, hence a Result.
template <class S>
concept has_start = requires(S& session, const CommandContext& context) {
    { session.start(context) } -> detail::some_result;
};

/// Bounded, whatever the commands do.
template <class S>
concept has_end = requires(S& session) {
    { session.end() } noexcept;
};

namespace detail {

template <class S>
using process_of =
    typename decltype(std::declval<S&>().start(std::declval<const CommandContext&>()))::value_type;

} // namespace detail

/// A cell in which commands can be started, one after the other and at once.
///
///     struct Opened {
///         Result<Running> start(const CommandContext& context);
///         void end() noexcept;
///     };
template <class S>
concept CommandSession =
    std::movable<S> && has_start<S> && has_end<S> && SessionProcess<detail::process_of<S>>;

/// A session belongs to the cell of the handle, and ends before it is destroyed.
template <class B>
concept has_open_session =
    requires(detail::lvalue_of<B> backend, const CellHandle& handle, SessionContext& context) {
        { backend.open_session(handle, context) } -> detail::some_result;
    };

namespace detail {

template <class B>
using session_of = typename decltype(std::declval<lvalue_of<B>>().open_session(
    std::declval<const CellHandle&>(), std::declval<SessionContext&>()
))::value_type;

} // namespace detail

/// A backend that runs many commands in one cell.
///
///     struct WithSessions : Executing {
///         static constexpr std::string_view name = "with-sessions";
///         Result<Opened> open_session(const CellHandle& handle, SessionContext& context);
///     };
template <class B>
concept CommandSessions =
    CellBackend<B> && has_open_session<B> && CommandSession<detail::session_of<B>>;

namespace detail {

struct OpenSessionProbe {
    int open_session;
};

} // namespace detail

/// B has a member called `open_session` in any form, as has_member_named_execute has it.
template <class B>
concept has_member_named_open_session =
    (detail::open_to_probes<B> && !requires {
        &detail::Beside<std::remove_cvref_t<B>, detail::OpenSessionProbe>::open_session;
    }) || requires { &std::remove_cvref_t<B>::open_session; };

namespace detail {

template <class B>
inline constexpr bool is_template_over_sessions = false;

template <template <class...> class Decorator, class... Arguments>
inline constexpr bool is_template_over_sessions<Decorator<Arguments...>> =
    (CommandSessions<Arguments> || ...);

} // namespace detail

/// B is an instance of a template over a backend with sessions.
template <class B>
concept decorates_command_sessions = detail::is_template_over_sessions<std::remove_cvref_t<B>>;

} // namespace cellos::inline CELLOS_ABI
