#pragma once

#include <cellos/testing/cells.hpp>

#include <algorithm>
#include <barrier>
#include <cstddef>
#include <optional>
#include <thread>
#include <vector>

/// @file
/// Laws about the results of `destroy`.

namespace cellos::inline CELLOS_ABI::testing::laws {

template <class MakeBackend>
void destroy_after_create(MakeBackend& make_backend) {
    auto backend = make_backend();
    CHECK(must_destroy(backend, must_create(backend, "short-lived")).destroyed);
}

/// A made-up handle, or one of another backend object, must not end a cell, nor be reported as
/// destroyed.
template <class MakeBackend>
void unknown_handle(MakeBackend& make_backend) {
    using Backend = backend_of<MakeBackend>;
    auto backend = make_backend();
    auto other = make_backend();
    const CellHandle of_other = must_create(other, "elsewhere");
    check_stale<Backend>(backend.destroy(CellHandle{.cell_id = "never-created"}));
    check_stale<Backend>(backend.destroy(of_other));
    must_destroy(other, of_other);
}

template <class MakeBackend>
void second_destroy(MakeBackend& make_backend) {
    auto backend = make_backend();
    const CellHandle cell = must_create(backend, "twice");
    must_destroy(backend, cell);
    check_stale<backend_of<MakeBackend>>(backend.destroy(cell));
}

/// If several threads destroy a cell at once, one succeeds and the others get an error.
template <class MakeBackend>
void concurrent_destroys(MakeBackend& make_backend) {
    using Backend = backend_of<MakeBackend>;
    constexpr std::size_t rivals = 8;
    auto backend = make_backend();
    const CellHandle cell = must_create(backend, "contested");

    std::vector<std::optional<Result<TeardownReport>>> results(rivals);
    {
        std::barrier start{static_cast<std::ptrdiff_t>(rivals)};
        std::vector<std::jthread> threads;
        for (auto& result : results) {
            threads.emplace_back([&] {
                start.arrive_and_wait();
                result.emplace(backend.destroy(cell));
            });
        }
    }
    const auto won =
        std::ranges::count_if(results, [](const auto& result) { return result->has_value(); });
    CHECK(static_cast<std::size_t>(won) == Expected<Backend>::winners(rivals));
    for (const auto& result : results) {
        if (!*result) CHECK(result->error().kind == CellosError::Kind::UnknownCell);
    }
}

template <class MakeBackend>
void peers_counted(MakeBackend& make_backend) {
    using Backend = backend_of<MakeBackend>;
    auto backend = make_backend();
    const CellHandle first = must_create(backend, "first");
    const CellHandle second = must_create(backend, "second");
    const CellHandle third = must_create(backend, "third");
    CHECK(must_destroy(backend, second).peers_tracked_after == Expected<Backend>::peers(2));
    CHECK(must_destroy(backend, first).peers_tracked_after == Expected<Backend>::peers(1));
    CHECK(must_destroy(backend, third).peers_tracked_after == Expected<Backend>::peers(0));
}

} // namespace cellos::inline CELLOS_ABI::testing::laws
