#pragma once

#include <cellos/testing/cells.hpp>
#include <cellos/testing/residue.hpp>

#include <string>

/// @file
/// What is left of cells that were destroyed: nothing.

namespace cellos::inline CELLOS_ABI::testing::laws {

/// `work(backend)` leaves nothing. The first time it may make what is shared by all later ones;
/// after that it must go without a trace: at once, or with the backend where that keeps warm
/// sandboxes.
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
        generation += "next-"; // that ids can be used again is a law of its own
        const CellHandle one = must_create(backend, generation + "one");
        const CellHandle two = must_create(backend, generation + "two");
        static_cast<void>(backend.create(law_document(""))); // nor of a cell that was refused
        must_destroy(backend, one);
        must_destroy(backend, two);
    });
}

} // namespace cellos::inline CELLOS_ABI::testing::laws
