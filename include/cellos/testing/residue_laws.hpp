#pragma once

#include <cellos/testing/cells.hpp>
#include <cellos/testing/residue.hpp>

#include <string>

/// @file
/// Laws that nothing is left of destroyed cells.

namespace cellos::inline CELLOS_ABI::testing::laws {

/// Checks that `work(backend)` leaves nothing behind. The first time it may create things that all
/// later calls share. After that it must leave no trace: at once, or if the backend keeps warm
/// sandboxes, once the backend is destroyed.
template <class MakeBackend, class Work>
void check_no_residue(MakeBackend& make_backend, const LawOptions& options, Work work) {
    if constexpr (Expected<backend_of<MakeBackend>>::leaves_nothing_while_alive()) {
        auto backend = make_backend();
        work(backend);
        const Residue before = residue(options);
        work(backend);
        CHECK(left_behind(before, residue(options)) == "");
    } else {
        const auto life = [&] {
            auto backend = make_backend();
            work(backend);
        };
        life();
        const Residue before = residue(options);
        life();
        CHECK(left_behind(before, residue(options)) == "");
    }
}

template <class MakeBackend>
void no_residue(MakeBackend& make_backend, const LawOptions& options) {
    std::string generation;
    check_no_residue(make_backend, options, [&](auto& backend) {
        generation += "next-"; // another law checks that ids can be used again
        const CellHandle one = must_create(backend, generation + "one");
        const CellHandle two = must_create(backend, generation + "two");
        static_cast<void>(backend.create(law_document(""))); // refused
        must_destroy(backend, one);
        must_destroy(backend, two);
    });
}

} // namespace cellos::inline CELLOS_ABI::testing::laws
