#include "support/catch.hpp"
#include "support/gvisor_fixture.hpp"

#include <cellos/host/prewarmed.hpp>
#include <cellos/testing.hpp>

#include <chrono>

using namespace cellos;

namespace {

// A pool that has sandboxes for what comes.
Prewarmed<GVisorCellBackend> full_pool(const cellos_tests::StateDirectory& state) {
    Prewarmed backend{GVisorCellBackend{state.config()}, PoolOptions{.size = 2, .max_boots = 2}};
    const auto ready =
        backend.wait_until_ready({}, std::chrono::steady_clock::now() + std::chrono::seconds{60});
    INFO((ready ? "" : ready.error().what()));
    REQUIRE(ready.has_value());
    return backend;
}

} // namespace

TEST_CASE("Prewarmed<GVisorCellBackend> keeps the laws of backends") {
    const cellos_tests::StateDirectory state;
    const auto watched = [&] { return cellos_tests::watched(state.path()); };
    const auto make_backend = [&] { return full_pool(state); };
    cellos::testing::backend_laws(make_backend, {.watched = watched});
}

TEST_CASE("Prewarmed<GVisorCellBackend> keeps the laws of sessions") {
    const cellos_tests::StateDirectory state;
    const auto watched = [&] { return cellos_tests::watched(state.path()); };
    cellos::testing::session_laws([&] { return full_pool(state); }, {.watched = watched});
}

TEST_CASE("Nobody can tell cells of Prewarmed<GVisorCellBackend> from cold ones") {
    const cellos_tests::StateDirectory state;
    const auto make_cold = [&] { return GVisorCellBackend{state.config()}; };
    const auto make_warm = [&] {
        auto elsewhere = cellos_tests::cell_document({"true"});
        elsewhere.spec.run->working_directory = "/work";
        return Prewarmed{
            GVisorCellBackend{state.config()},
            PoolOptions{.size = 1, .like = {cellos_tests::cell_document({"true"}), elsewhere}}};
    };
    cellos::testing::same_cold_and_warm_laws(make_cold, make_warm, {.directories = {"/", "/work"}});
}
