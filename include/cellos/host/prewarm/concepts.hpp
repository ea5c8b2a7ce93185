/// @file
/// What a backend must offer, in addition to running commands, so that its sandboxes can be booted
/// ahead of their cells.
///
/// A type B satisfies Prewarmable if it satisfies InCellExecution and
///   1. `b.shape_of(document)` returns Result<std::string>: a document can use any sandbox of the
///      same shape; the error says why it can use none;
///   2. `b.boot_warm(like, options, pace)` returns Result<B::WarmSandbox>: it starts to boot a
///      sandbox for documents of the shape of `like`, and returns without waiting for it;
///   3. `b.create_from(sandbox, document)` returns Result<CellHandle>: like `create`, with a ready
///      sandbox; an error leaves the sandbox unchanged.
/// A WarmSandbox is movable; destroying it ends and removes the sandbox. It has
///   4. `waited()`, the descriptors to poll for changes of its state;
///   5. `is_ready()`, a Result<bool>, without blocking; the error says why it will never be ready;
///   6. `memory_bytes()`, the memory it uses while it waits, in bytes, if that is known.
/// The backend is used from several threads at once, each sandbox by one at a time. A reference
/// satisfies the concept if its target does: `std::ref` shares a backend that stays the caller's.
#pragma once

#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/prewarm/options.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

#include <poll.h>

namespace cellos::inline CELLOS_ABI {

namespace detail {

template <class S>
concept has_waited = requires(const S& sandbox) {
    { *sandbox.waited().begin() } -> std::convertible_to<pollfd>;
};

template <class S>
concept has_is_ready = requires(S& sandbox) {
    { sandbox.is_ready() } -> same<Result<bool>>;
};

template <class S>
concept has_memory_bytes = requires(const S& sandbox) {
    { sandbox.memory_bytes() } -> same<std::optional<std::uint64_t>>;
};

template <class B>
using warm_sandbox_of = typename std::remove_reference_t<B>::WarmSandbox;

template <class B>
concept has_shape_of = requires(B& backend, const ExecutionCellDocument& document) {
    { backend.shape_of(document) } -> same<Result<std::string>>;
};

template <class B>
concept has_boot_warm =
    requires(B& backend, const ExecutionCellDocument& like, const PoolOptions& options) {
        {
            backend.boot_warm(like, options, BootPace::Thorough)
        } -> same<Result<warm_sandbox_of<B>>>;
    };

template <class B>
concept has_create_from =
    requires(B& backend, warm_sandbox_of<B>& sandbox, const ExecutionCellDocument& document) {
        { backend.create_from(sandbox, document) } -> same<Result<CellHandle>>;
    };

} // namespace detail

/// A sandbox as the pool keeps it; the members are described at the top of this file.
///
///     struct Sandbox {
///         std::array<pollfd, 1> waited() const { return {{{ready_fd, POLLIN, 0}}}; }
///         Result<bool> is_ready() { return process_is_up(); }
///         std::optional<std::uint64_t> memory_bytes() const { return std::nullopt; }
///     };
template <class S>
concept WaitingSandbox = std::movable<S> && detail::has_waited<S> && detail::has_is_ready<S> &&
                         detail::has_memory_bytes<S>;

/// A backend whose sandboxes can be booted ahead of their cells.
///
///     struct Ahead : Executing {
///         using WarmSandbox = Sandbox;
///         Result<std::string> shape_of(const ExecutionCellDocument&) { return "any"; }
///         Result<Sandbox> boot_warm(const ExecutionCellDocument&, const PoolOptions&, BootPace);
///         Result<CellHandle> create_from(Sandbox&, const ExecutionCellDocument& document);
///     };
template <class B>
concept Prewarmable =
    InCellExecution<B> && WaitingSandbox<detail::warm_sandbox_of<B>> && detail::has_shape_of<B> &&
    detail::has_boot_warm<B> && detail::has_create_from<B>;

} // namespace cellos::inline CELLOS_ABI
