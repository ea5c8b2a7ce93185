#include "support/catch.hpp"
#include "support/gvisor_fixture.hpp"

#include <cellos/testing.hpp>

TEST_CASE("GVisorCellBackend keeps the laws of backends") {
    const cellos_tests::StateDirectory state;
    const auto watched = [&] {
        auto found = cellos_tests::residue(state.path());
        found.processes.merge(found.files);
        found.processes.merge(found.control_groups);
        return found.processes;
    };
    cellos::testing::backend_laws(
        [&] { return cellos::GVisorCellBackend{state.config()}; }, {.watched = watched}
    );
}
