/// @file
/// Says in one sentence why a type is no backend that Prewarmed can decorate, as
/// <cellos/core/explain.hpp> does for the Supervisor's arguments.
#pragma once

#include <cellos/core/explain.hpp>
#include <cellos/host/prewarm/concepts.hpp>

namespace cellos::inline CELLOS_ABI::detail {

template <class B>
concept has_warm_sandbox = requires { typename warm_sandbox_of<B>; };

template <class B>
consteval bool explain_prewarmable() {
    if constexpr (Prewarmable<B> && can_be_taken_over<B>) {
        // Nothing to explain.
    } else if constexpr (!InCellExecution<B>) {
        static_assert(
            never<B>,
            "the first argument of Prewarmed must be a backend that executes in its cells, or "
            "std::ref of one; B is none"
        );
    } else if constexpr (!has_warm_sandbox<B>) {
        static_assert(
            has_warm_sandbox<B>,
            "B boots no sandboxes ahead of their cells: it has no type WarmSandbox (see "
            "cellos/host/prewarm/concepts.hpp)"
        );
    } else if constexpr (!WaitingSandbox<warm_sandbox_of<B>>) {
        static_assert(
            WaitingSandbox<warm_sandbox_of<B>>,
            "B::WarmSandbox must be movable and have waited() -> a range of pollfd, is_ready() -> "
            "Result<bool> and memory_bytes() const -> std::optional<std::uint64_t>"
        );
    } else if constexpr (!has_shape_of<B>) {
        static_assert(
            has_shape_of<B>,
            "B must have shape_of(const ExecutionCellDocument&) -> Result<std::string>"
        );
    } else if constexpr (!has_boot_warm<B>) {
        static_assert(
            has_boot_warm<B>,
            "B must have boot_warm(const ExecutionCellDocument&, const PoolOptions&, BootPace) -> "
            "Result<WarmSandbox>"
        );
    } else if constexpr (!has_create_from<B>) {
        static_assert(
            has_create_from<B>,
            "B must have create_from(WarmSandbox&, const ExecutionCellDocument&) -> "
            "Result<CellHandle>"
        );
    } else {
        static_assert(explain_take_over<B>());
    }
    return true;
}

} // namespace cellos::inline CELLOS_ABI::detail
