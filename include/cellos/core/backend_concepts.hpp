/// @file
/// What a backend must offer. Needs the vocabulary by name only (<cellos/core/fwd.hpp>); whoever
/// instantiates a Supervisor has it complete.
///
/// A type B satisfies CellBackend if
///   1. `B::name` is a constant that a std::string_view can be made of: it stands in errors and
///      traces, and `select_backend` finds the type by it;
///   2. `b.create(document)` returns exactly Result<CellHandle> for a const ExecutionCellDocument;
///   3. `b.destroy(handle)` returns exactly Result<TeardownReport> for a const CellHandle.
/// It satisfies InCellExecution if also
///   4. `b.execute(handle, context)` returns exactly Result<ExitStatus> for a const CellHandle and
///      a const RunContext.
/// `b` is a non-const lvalue, used from several threads at once. Neither concept asks for copying,
/// moving, default construction or comparison. A reference satisfies what its target does:
/// `std::ref` shares a backend that the caller keeps.
#pragma once

#include <cellos/core/fwd.hpp>

#include <string_view>
#include <type_traits>

namespace cellos::inline CELLOS_ABI {

namespace detail {

// One level deep, where std::same_as has two: that costs readers of clang's errors six more lines.
template <class A, class B>
concept same = std::is_same_v<A, B>;

template <class T>
using lvalue_of = std::remove_reference_t<T>&;

} // namespace detail

/// The name must be usable at compile time: backends are told apart before any object exists.
template <class B>
concept has_backend_name = requires {
    typename std::bool_constant<(std::string_view{std::remove_reference_t<B>::name}.size(), true)>;
};

/// The result must say why a cell could not be made, hence a Result and not a plain handle.
template <class B>
concept has_create = requires(detail::lvalue_of<B> backend, const ExecutionCellDocument& document) {
    { backend.create(document) } -> detail::same<Result<CellHandle>>;
};

/// The handle is const since tear-down may be tried again with the same one.
template <class B>
concept has_destroy = requires(detail::lvalue_of<B> backend, const CellHandle& handle) {
    { backend.destroy(handle) } -> detail::same<Result<TeardownReport>>;
};

/// Blocks until the workload has ended, the deadline has passed or the stop token was triggered.
template <class B>
concept has_execute =
    requires(detail::lvalue_of<B> backend, const CellHandle& handle, const RunContext& context) {
        { backend.execute(handle, context) } -> detail::same<Result<ExitStatus>>;
    };

/// Isolates cells: makes them and proves that they are gone.
///
///     struct Minimal {
///         static constexpr std::string_view name = "minimal";
///         Result<CellHandle> create(const ExecutionCellDocument&);
///         Result<TeardownReport> destroy(const CellHandle&);
///     };
template <class B>
concept CellBackend = has_backend_name<B> && has_create<B> && has_destroy<B>;

/// A backend that runs the workload inside the cell. Where it holds, the workload never runs
/// elsewhere.
///
///     struct Executing : Minimal {
///         static constexpr std::string_view name = "executing";
///         Result<ExitStatus> execute(const CellHandle&, const RunContext&);
///     };
template <class B>
concept InCellExecution = CellBackend<B> && has_execute<B>;

/// The backend says `static constexpr bool runs_on_host = true`: it isolates nothing, and the
/// supervisor may run the workload as a plain process of the host.
///
///     struct OnHost : Minimal {
///         static constexpr std::string_view name = "on-host";
///         static constexpr bool runs_on_host = true;
///     };
template <class B>
concept RunsOnHost =
    requires { requires std::bool_constant<std::remove_reference_t<B>::runs_on_host>::value; };

namespace detail {

// To see that T has a member of a given name in any form (overloaded, private, a template): a
// second base brings one of the same name, and the name becomes ambiguous. A final class cannot be
// asked that way.
template <class T, class Probe>
struct Beside : T, Probe {};

template <class T>
concept open_to_probes =
    std::is_class_v<std::remove_cvref_t<T>> && !std::is_final_v<std::remove_cvref_t<T>>;

struct ExecuteProbe {
    int execute;
};

} // namespace detail

/// B has a member called `execute` in any form: overloaded, private, a template, of any signature.
/// Of a final class only a public, single `execute` is seen.
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

/// B is a template over a backend that executes in the cell: `Logging<GVisorCellBackend>`.
template <class B>
concept decorates_in_cell_execution = detail::is_template_over_execution<std::remove_cvref_t<B>>;

} // namespace cellos::inline CELLOS_ABI
