/// @file
/// Says in one sentence why a type is no backend that Prewarmed can decorate, as
/// <cellos/core/explain.hpp> does for the Supervisor's arguments.
#pragma once

#include <cellos/core/explain.hpp>
#include <cellos/host/prewarm/concepts.hpp>

namespace cellos::inline CELLOS_ABI::detail {

template <class B>
concept has_spare = requires { typename spare_of<B>; };

template <class B>
consteval bool explain_prewarmable() {
    if constexpr (Prewarmable<B>) {
        // Nothing to explain.
    } else if constexpr (!InCellExecution<B>) {
        static_assert(
            never<B>,
            "the first argument of Prewarmed must be a backend that executes in its cells, or "
            "std::ref of one; B is none"
        );
    } else if constexpr (!has_spare<B>) {
        static_assert(
            has_spare<B>,
            "B boots no sandboxes ahead of their cells: it has no type Spare (see "
            "cellos/host/prewarm/concepts.hpp)"
        );
    } else if constexpr (!SpareSandbox<spare_of<B>>) {
        static_assert(
            SpareSandbox<spare_of<B>>,
            "B::Spare must be movable and have waited() -> a range of pollfd, is_ready() -> "
            "Result<bool> and memory_bytes() const -> std::optional<std::uint64_t>"
        );
    } else if constexpr (!has_shape_of<B>) {
        static_assert(
            has_shape_of<B>,
            "B must have shape_of(const ExecutionCellDocument&) -> Result<std::string>"
        );
    } else if constexpr (!has_boot_spare<B>) {
        static_assert(
            has_boot_spare<B>,
            "B must have boot_spare(const ExecutionCellDocument&, const PoolOptions&, BootPace) -> "
            "Result<Spare>"
        );
    } else {
        static_assert(
            has_create_from<B>,
            "B must have create_from(Spare&, const ExecutionCellDocument&) -> Result<CellHandle>"
        );
    }
    return true;
}

} // namespace cellos::inline CELLOS_ABI::detail
