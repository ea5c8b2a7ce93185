#pragma once

#include <cellos/testing/cells.hpp>
#include <cellos/testing/residue.hpp>

/// @file
/// What is left of cells that were destroyed: nothing.

namespace cellos::inline v0::testing::laws {

/// The first cell may make what all later ones share; after that each must go without a trace.
template <class MakeBackend>
void no_residue(MakeBackend& make_backend, const LawOptions& options) {
    auto backend = make_backend();
    const auto a_life = [&] {
        const CellHandle one = must_create(backend, "one");
        const CellHandle two = must_create(backend, "two");
        CHECK_FALSE(backend.create(law_document("")).has_value());
        must_destroy(backend, one);
        must_destroy(backend, two);
    };
    a_life();
    const Residue before = residue(options, "cellos-law");
    a_life();
    CHECK(left_behind(before, residue(options, "cellos-law")) == "");
}

} // namespace cellos::inline v0::testing::laws
