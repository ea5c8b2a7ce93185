#include "support/catch.hpp"
#include "support/gvisor_fixture.hpp"

#include <cellos/testing.hpp>

TEST_CASE("GVisorCellBackend keeps the laws of backends") {
    const cellos_tests::StateDirectory state;
    const auto watched = [&] { return cellos_tests::watched(state.path()); };
    cellos::testing::backend_laws(
        [&] { return cellos::GVisorCellBackend{state.config()}; }, {.watched = watched}
    );
}

TEST_CASE("GVisorCellBackend keeps the laws of sessions") {
    const cellos_tests::StateDirectory state;
    const auto watched = [&] { return cellos_tests::watched(state.path()); };
    cellos::testing::session_laws(
        [&] { return cellos::GVisorCellBackend{state.config()}; }, {.watched = watched}
    );
}
