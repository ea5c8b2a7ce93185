/// @file
/// What a backend must offer. Includes only forward declarations (<cellos/core/fwd.hpp>); the
/// complete types come with the Supervisor.
///
/// A type B satisfies CellBackend if
///   1. `B::name` is a constant that converts to std::string_view: it appears in errors and traces,
///      and `select_backend` finds the type by it;
///   2. `b.create(document)` returns exactly Result<CellHandle> for a const ExecutionCellDocument;
///   3. `b.destroy(handle)` returns exactly Result<TeardownReport> for a const CellHandle.
/// It satisfies InCellExecution if also
///   4. `b.execute(handle, context)` returns exactly Result<ExitStatus> for a const CellHandle and
///      a const RunContext.
/// It may say more of itself: RunsOnHost below, and the bounds of argv in
/// <cellos/core/argv_bounds.hpp>.
/// `b` is a non-const lvalue, used from several threads at once. Neither concept requires copying,
/// moving, default construction or comparison. A reference satisfies a concept if its target does:
/// `std::ref` shares a backend that stays the caller's.
#pragma once

#include <cellos/core/fwd.hpp>

#include <string_view>
#include <type_traits>

namespace cellos::inline CELLOS_ABI {

namespace detail {

// Simpler than std::same_as, whose second level adds six lines to clang's errors.
template <class A, class B>
concept same = std::is_same_v<A, B>;

template <class T>
using lvalue_of = std::remove_reference_t<T>&;

} // namespace detail

/// The name must be usable at compile time: backends are distinguished before any object exists.
template <class B>
concept has_backend_name = requires {
    typename std::bool_constant<(std::string_view{std::remove_reference_t<B>::name}.size(), true)>;
};

/// The result must say why a cell could not be made, hence a Result and not a plain handle.
template <class B>
concept has_create = requires(detail::lvalue_of<B> backend, const ExecutionCellDocument& document) {
    { backend.create(document) } -> detail::same<Result<CellHandle>>;
};

/// The handle is const, since tear-down may be tried again with the same handle.
template <class B>
concept has_destroy = requires(detail::lvalue_of<B> backend, const CellHandle& handle) {
    { backend.destroy(handle) } -> detail::same<Result<TeardownReport>>;
};

/// Blocks until the workload has ended, or was ended because the deadline passed or a stop was
/// requested.
template <class B>
concept has_execute =
    requires(detail::lvalue_of<B> backend, const CellHandle& handle, const RunContext& context) {
        { backend.execute(handle, context) } -> detail::same<Result<ExitStatus>>;
    };

/// A backend creates isolated cells, and proves that they are gone.
///
///     struct Minimal {
///         static constexpr std::string_view name = "minimal";
///         Result<CellHandle> create(const ExecutionCellDocument&);
///         Result<TeardownReport> destroy(const CellHandle&);
///     };
template <class B>
concept CellBackend = has_backend_name<B> && has_create<B> && has_destroy<B>;

/// A backend that runs the workload inside the cell. With such a backend the workload never runs
/// anywhere else.
///
///     struct Executing : Minimal {
///         static constexpr std::string_view name = "executing";
///         Result<ExitStatus> execute(const CellHandle&, const RunContext&);
///     };
template <class B>
concept InCellExecution = CellBackend<B> && has_execute<B>;

/// A backend that declares `static constexpr bool runs_on_host = true`: it isolates nothing, and
/// the supervisor may run the workload as a plain process of the host.
///
///     struct OnHost : Minimal {
///         static constexpr std::string_view name = "on-host";
///         static constexpr bool runs_on_host = true;
///     };
template <class B>
concept RunsOnHost =
    requires { requires std::bool_constant<std::remove_reference_t<B>::runs_on_host>::value; };

namespace detail {

// Detects whether T has a member of a given name in any form (overloaded, private, a template): a
// second base has a member of the same name, which makes the name ambiguous. This does not work for
// a final class.
template <class T, class Probe>
struct Beside : T, Probe {};

template <class T>
concept open_to_probes =
    std::is_class_v<std::remove_cvref_t<T>> && !std::is_final_v<std::remove_cvref_t<T>>;

struct ExecuteProbe {
    int execute;
};

} // namespace detail

/// B has a member called `execute` in any form: overloaded, private, a template, with any
/// signature. In a final class only a single, public `execute` is detected.
template <class B>
concept has_member_named_execute =
    (detail::open_to_probes<B> && !requires {
        &detail::Beside<std::remove_cvref_t<B>, detail::ExecuteProbe>::execute;
    }) || requires { &std::remove_cvref_t<B>::execute; };

namespace detail {

template <class B>
inline constexpr bool is_template_over_execution = false;

template <template <class...> class Decorator, class... Arguments>
inline constexpr bool is_template_over_execution<Decorator<Arguments...>> =
    (InCellExecution<Arguments> || ...);

} // namespace detail

/// B is an instance of a template over a backend that executes in the cell, such as
/// `Logging<GVisorCellBackend>`.
template <class B>
concept decorates_in_cell_execution = detail::is_template_over_execution<std::remove_cvref_t<B>>;

} // namespace cellos::inline CELLOS_ABI
