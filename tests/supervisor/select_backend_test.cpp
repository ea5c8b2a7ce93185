#include "support/catch.hpp"
#include "support/scripted_backend.hpp"

#include <cellos/host/stub.hpp>
#include <cellos/supervisor/select_backend.hpp>

#include <string>
#include <type_traits>

using namespace cellos;
using namespace cellos_test;

TEST_CASE("A name becomes the type that bears it") {
    const auto name_of = [](auto backend) { return std::string{decltype(backend)::type::name}; };
    using Names = std::vector<std::string>;
    for (const std::string& name : Names{"stub", "scripted", "exporting"})
        CHECK(
            select_backend<StubCellBackend, ScriptedBackend, ExportingBackend>(name, name_of) ==
            name
        );
}

TEST_CASE("An unknown name is an error that lists those there are, and nothing is called") {
    int calls = 0;
    const auto answer = select_backend<StubCellBackend, ScriptedBackend>(
        GENERATE("", "STUB", "stub ", "stu", "gvisor"), [&](auto) { return ++calls; }
    );
    REQUIRE_FALSE(answer);
    CHECK(calls == 0);
    CHECK(answer.error().kind == CellosError::Kind::Unsupported);
    CHECK_THAT(answer.error().message, Catch::Matchers::EndsWith("known: stub scripted"));
}

TEST_CASE("A visitor may return nothing, and what it returns may be move-only") {
    bool called = false;
    const Result<void> nothing =
        select_backend<StubCellBackend>("stub", [&](auto) { called = true; });
    CHECK(nothing);
    CHECK(called);

    const auto owned =
        select_backend<StubCellBackend>("stub", [](auto) { return std::make_unique<int>(7); });
    CHECK(**owned == 7);
}
