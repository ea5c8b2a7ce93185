// The brokers that come with the library.

#include "support/catch.hpp"

#include <cellos/broker/environment.hpp>
#include <cellos/broker/memory.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/supervisor.hpp>

#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

using namespace cellos;
using Kind = CellosError::Kind;
using Catch::Matchers::ContainsSubstring;
using Names = std::vector<std::string>;

namespace {

CellHandle cell(std::string id) {
    return {.cell_id = std::move(id)};
}

void set_variable(const char* name, const char* value) {
#ifdef _WIN32
    ::_putenv_s(name, value);
#else
    ::setenv(name, value, 1);
#endif
}

} // namespace

TEST_CASE("The environment broker finds variables of this process") {
    set_variable("CELLOS_TEST_TOKEN", "the value");
    const EnvSecretBroker broker;
    const auto secret = broker.resolve("CELLOS_TEST_TOKEN", cell("cell-1"));
    REQUIRE(secret);
    CHECK(secret->reveal() == "the value");
    CHECK(broker.revoke_for_cell("cell-1"));

    const auto missing = broker.resolve("CELLOS_TEST_NO_TOKEN", cell("cell-1"));
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == Kind::SecretBroker);
    CHECK_THAT(missing.error().message, ContainsSubstring("CELLOS_TEST_NO_TOKEN"));
}

TEST_CASE("With a prefix the environment broker gives away what was meant for cells, only") {
    set_variable("CELLOS_TEST_TOKEN", "the value");
    const EnvSecretBroker broker{"CELLOS_TEST_"};
    CHECK(broker.resolve("TOKEN", cell("cell-1"))->reveal() == "the value");
    CHECK_FALSE(broker.resolve("PATH", cell("cell-1")));
    CHECK_FALSE(broker.resolve("CELLOS_TEST_TOKEN", cell("cell-1")));
}

TEST_CASE("The memory broker gives what it was given, and knows who holds it") {
    MemorySecretBroker broker;
    broker.set("TOKEN", Secret{"old"});
    broker.set("TOKEN", Secret{"new"});
    CHECK(broker.resolve("TOKEN", cell("cell-1"))->reveal() == "new");
    CHECK(broker.resolve("TOKEN", cell("cell-10"))->reveal() == "new");
    CHECK(broker.holders() == Names{"cell-1", "cell-10"});
    CHECK(broker.revoke_for_cell("cell-1"));
    CHECK(broker.holders() == Names{"cell-10"});
    CHECK(broker.revoke_for_cell("never-seen"));

    const auto missing = broker.resolve("API_KEY", cell("cell-2"));
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == Kind::SecretBroker);
    CHECK_THAT(missing.error().message, ContainsSubstring("API_KEY"));
    CHECK(broker.holders() == Names{"cell-10"});
}

TEST_CASE("After a life nobody holds a secret of the memory broker") {
    MemorySecretBroker broker;
    broker.set("TOKEN", Secret{"value"});
    ExecutionCellDocument document;
    document.spec.id = "cell-1";
    document.spec.lifetime.ttl_seconds = 60;
    document.spec.authority.secret_refs = {"TOKEN"};
    Supervisor supervisor{StubCellBackend{}, std::ref(broker)};
    REQUIRE(supervisor.run(document));
    CHECK(broker.holders().empty());
    document.spec.authority.secret_refs = {"TOKEN", "UNKNOWN"};
    REQUIRE_FALSE(supervisor.run(document));
    CHECK(broker.holders().empty());
}
