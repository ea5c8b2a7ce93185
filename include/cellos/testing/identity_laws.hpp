#pragma once

#include <cellos/testing/cells.hpp>

/// @file
/// Laws about the handles that `create` returns.

namespace cellos::inline CELLOS_ABI::testing::laws {

template <class MakeBackend>
void empty_id(MakeBackend& make_backend) {
    auto backend = make_backend();
    const auto refused = backend.create(law_document(""));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == CellosError::Kind::InvalidSpec);
    CHECK(refused.error().message == "spec.id must be non-empty");
}

/// The handle is a value: any copy is as good as the original.
template <class MakeBackend>
void handle_identity(MakeBackend& make_backend) {
    auto backend = make_backend();
    const CellHandle cell = must_create(backend, "identity");
    CHECK(cell.cell_id == "identity");
    const CellHandle copy{cell};
    CHECK(must_destroy(backend, copy).cell_id == "identity");
}

/// Backends may use tools that match cells by a prefix of the name; cells must stay distinct all
/// the same.
template <class MakeBackend>
void prefix_ids(MakeBackend& make_backend) {
    auto backend = make_backend();
    const CellHandle shorter = must_create(backend, "cell-1");
    const CellHandle longer = must_create(backend, "cell-10");
    const CellHandle longest = must_create(backend, "cell-10.1");
    must_destroy(backend, longer);
    must_destroy(backend, shorter);
    must_destroy(backend, longest);
}

/// An id can be used again as soon as its cell is gone, and the old handle does not refer to the
/// new cell.
template <class MakeBackend>
void same_id_again(MakeBackend& make_backend) {
    auto backend = make_backend();
    const CellHandle first = must_create(backend, "again");
    must_destroy(backend, first);
    const CellHandle second = must_create(backend, "again");
    static_cast<void>(backend.destroy(first));
    must_destroy(backend, second);
}

} // namespace cellos::inline CELLOS_ABI::testing::laws
