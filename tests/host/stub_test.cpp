// The observable contract of the stub, as its seed tells it. Portable: no Linux, no privileges.

#include "support/catch.hpp"

#include <cellos/host/stub.hpp>
#include <cellos/supervisor.hpp>

#include <type_traits>

using namespace cellos;

TEST_CASE("The stub hands out the document's id, and knows nothing of a boot") {
    const StubCellBackend backend;
    ExecutionCellDocument document;
    document.spec.id = "cell-1";
    const auto cell = backend.create(document);
    REQUIRE(cell);
    CHECK(cell->cell_id == "cell-1");
    CHECK(cell->cgroup_path == std::nullopt);
    CHECK(cell->nft_rules_applied == std::nullopt);
    CHECK(cell->kernel_digest_sha256 == std::nullopt);
    CHECK(cell->rootfs_digest_sha256 == std::nullopt);
    CHECK(cell->firecracker_digest_sha256 == std::nullopt);
    CHECK(cell->instance.empty());
}

TEST_CASE("The stub checks one thing: that there is an id") {
    const StubCellBackend backend;
    const auto refused = backend.create(ExecutionCellDocument{});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == CellosError::Kind::InvalidSpec);
    CHECK(refused.error().what() == "invalid cell specification: spec.id must be non-empty");

    ExecutionCellDocument document; // whatever else is wrong with it
    document.spec.id = "x";
    document.spec.lifetime.ttl_seconds = -1;
    document.spec.run.emplace();
    CHECK(backend.create(document));
}

TEST_CASE("The stub destroys any cell, any number of times, and tracks no peers") {
    const StubCellBackend backend;
    const CellHandle unknown{.cell_id = "never-created"};
    for (int i = 0; i < 2; ++i) {
        const auto report = backend.destroy(unknown);
        REQUIRE(report);
        CHECK(*report == TeardownReport{"never-created", true, 0});
    }
}

TEST_CASE("A whole life on the stub") {
    ExecutionCellDocument document;
    document.spec.id = "only-lifecycle";
    document.spec.lifetime.ttl_seconds = 60;
    Supervisor supervisor{StubCellBackend{}};
    const auto report = supervisor.run(document);
    REQUIRE(report);
    CHECK(report->outcome == Outcome::Succeeded);
    CHECK(report->teardown == TeardownReport{"only-lifecycle", true, 0});
    CHECK(report->executed_on == ExecutedOn::Nowhere);
}
