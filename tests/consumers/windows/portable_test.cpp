// What the library offers where there is no Linux: everything but running workloads. That the
// umbrella compiles is half of this test.
#include "support/catch.hpp"

#include <cellos/cellos.hpp>
#include <cellos/host/gvisor.hpp>

// Were there a gVisor backend, this name would be ambiguous: the header offers none rather than one
// that would lie.
namespace elsewhere {
struct GVisorCellBackend {
    static constexpr bool offered = false;
};
} // namespace elsewhere

namespace both {
using namespace cellos;
using namespace elsewhere;
static_assert(!GVisorCellBackend::offered);
} // namespace both

TEST_CASE("Without Linux a workload is refused before there is a cell") {
    const auto document = cellos::command_document("on-windows", {"true"});
    const auto report = cellos::Supervisor{cellos::StubCellBackend{}}.run(document);
    REQUIRE_FALSE(report.has_value());
    CHECK(report.error().kind == cellos::CellosError::Kind::Unsupported);
}

TEST_CASE("Without Linux the bundle of a gVisor cell can still be generated") {
    const auto document = cellos::command_document("on-windows", {"true"});
    const auto config = cellos::generate_bundle_config(document, cellos::GVisorConfig{});
    REQUIRE(config.has_value());
    CHECK(cellos::parse_document(cellos::to_json(document)) == document);
}
