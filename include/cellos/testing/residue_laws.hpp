#pragma once

#include <cellos/testing/cells.hpp>
#include <cellos/testing/residue.hpp>

#include <string>

/// @file
/// What is left of cells that were destroyed: nothing.

namespace cellos::inline v0::testing::laws {

/// The first cells may make what all later ones share; after that each must go without a trace.
template <class MakeBackend>
void no_residue(MakeBackend& make_backend, const LawOptions& options) {
    auto backend = make_backend();
    const auto lives = [&](const std::string& generation) {
        const CellHandle one = must_create(backend, generation + "-one");
        const CellHandle two = must_create(backend, generation + "-two");
        static_cast<void>(backend.create(law_document(""))); // nor of a cell that was refused
        must_destroy(backend, one);
        must_destroy(backend, two);
    };
    lives("first");
    const Residue before = residue(options);
    lives("second");
    CHECK(left_behind(before, residue(options)) == "");
}

} // namespace cellos::inline v0::testing::laws
