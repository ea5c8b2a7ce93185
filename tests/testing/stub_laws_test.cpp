#include "support/catch.hpp"

#include <cellos/host/stub.hpp>
#include <cellos/testing.hpp>

TEST_CASE("StubCellBackend keeps the laws of backends") {
    cellos::testing::backend_laws([] { return cellos::StubCellBackend{}; });
}

#ifdef __linux__
TEST_CASE("StubCellBackend keeps the laws of sessions") {
    cellos::testing::session_laws([] { return cellos::StubCellBackend{}; });
}
#endif
