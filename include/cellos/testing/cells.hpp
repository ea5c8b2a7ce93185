#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/testing/catch.hpp>
#include <cellos/testing/traits.hpp>

#include <string>
#include <utility>

/// @file
/// Steps that all laws use.

namespace cellos::inline CELLOS_ABI::testing {

/// The type of backend that `make_backend()` returns.
template <class MakeBackend>
using backend_of = decltype(std::declval<MakeBackend&>()());

/// A document that asks for a cell and nothing else.
[[nodiscard]] inline ExecutionCellDocument law_document(std::string id) {
    ExecutionCellDocument document;
    document.spec.id = std::move(id);
    document.spec.lifetime.ttl_seconds = 3600;
    return document;
}

/// Creates a cell; a failure ends the law.
template <class Backend>
[[nodiscard]] CellHandle must_create(Backend& backend, const ExecutionCellDocument& document) {
    auto created = backend.create(document);
    INFO("create: " << (created ? "" : created.error().what()));
    REQUIRE(created.has_value());
    return *std::move(created);
}

template <class Backend>
[[nodiscard]] CellHandle must_create(Backend& backend, std::string id) {
    return must_create(backend, law_document(std::move(id)));
}

/// Destroys a cell; a failure ends the law. The content of the report is checked by other laws.
template <class Backend>
TeardownReport must_destroy(Backend& backend, const CellHandle& cell) {
    auto report = backend.destroy(cell);
    INFO("destroy: " << (report ? "" : report.error().what()));
    REQUIRE(report.has_value());
    return *std::move(report);
}

/// Checks the result of a destroy of a cell that the backend does not have.
template <class Backend>
void check_stale(const Result<TeardownReport>& result) {
    CHECK(result.has_value() == Expected<Backend>::stale_destroy_succeeds);
    if (!result) CHECK(result.error().kind == CellosError::Kind::UnknownCell);
}

} // namespace cellos::inline CELLOS_ABI::testing
