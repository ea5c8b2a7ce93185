// The model of a backend of one's own, held to the contract: all that its author has to write.
#include "../../examples/bubblewrap_backend.hpp"
#include "support/catch.hpp"

#include <cellos/testing.hpp>

#include <filesystem>

TEST_CASE("BubblewrapCellBackend keeps the laws of backends") {
    if (!std::filesystem::exists("/usr/bin/bwrap")) CELLOS_SKIP("no /usr/bin/bwrap (bubblewrap)");
    cellos::testing::backend_laws([] { return example::BubblewrapCellBackend{}; });
}
