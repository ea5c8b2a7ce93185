/// @file
/// What a backend must offer beyond running commands, so that its sandboxes can be booted ahead of
/// their cells.
///
/// A type B satisfies Prewarmable if it satisfies InCellExecution and
///   1. `b.shape_of(document)` returns Result<std::string>: spares and documents of one shape go
///      together; the error says why a document can have no spare;
///   2. `b.boot_spare(like, options, pace)` returns Result<B::Spare>: it starts to boot one for
///      documents of the shape of `like`, and does not wait for it;
///   3. `b.create_from(spare, document)` returns Result<CellHandle>: as `create`, with a spare that
///      is ready; an error leaves the spare as it was.
/// A Spare is movable; destroying it ends and removes it. It has
///   4. `waited()`, the descriptors to poll for news of it;
///   5. `is_ready()`, a Result<bool> without waiting; the error says why it never will be;
///   6. `memory_bytes()`, what it costs while it waits, where that can be told.
/// The backend is used from several threads at once; each spare by one at a time.
#pragma once

#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/prewarm/options.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>

#include <poll.h>

namespace cellos::inline v0 {

template <class S>
concept SpareSandbox = std::movable<S> && requires(S& spare, const S& constant) {
    { *constant.waited().begin() } -> std::convertible_to<pollfd>;
    { spare.is_ready() } -> detail::same<Result<bool>>;
    { constant.memory_bytes() } -> detail::same<std::optional<std::uint64_t>>;
};

template <class B>
concept Prewarmable = InCellExecution<B> && SpareSandbox<typename B::Spare> &&
                      requires(
                          B& backend,
                          const ExecutionCellDocument& document,
                          const PoolOptions& options,
                          typename B::Spare& spare
                      ) {
                          { backend.shape_of(document) } -> detail::same<Result<std::string>>;
                          {
                              backend.boot_spare(document, options, BootPace::Thorough)
                          } -> detail::same<Result<typename B::Spare>>;
                          {
                              backend.create_from(spare, document)
                          } -> detail::same<Result<CellHandle>>;
                      };

} // namespace cellos::inline v0
