// A lack of memory, at each allocation in turn: nothing is left of a cell, whatever failed.
#include "out_of_memory/failing_new.hpp"
#include "support/catch.hpp"
#include "support/gvisor_fixture.hpp"

#include <cellos/broker/memory.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/redaction/redacted.hpp>
#include <cellos/redaction/redacting.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <new>
#include <string>

using namespace cellos;
using namespace cellos_tests;

namespace {

// Calls `work` until no allocation of it fails any more; returns how many there were.
template <class Work>
std::size_t at_each_allocation(Work work) {
    for (std::size_t number = 1;; ++number) {
        CAPTURE(number);
        bool failed = false;
        try {
            const FailingNew failing{number};
            work();
            failed = FailingNew::has_failed();
        } catch (const std::bad_alloc&) {
            failed = true;
        }
        if (!failed) return number - 1;
    }
}

// Counts its cells.
struct CountingBackend : StubCellBackend {
    Result<CellHandle> create(const ExecutionCellDocument& document) {
        auto made = StubCellBackend::create(document);
        if (made) ++*cells;
        return made;
    }
    Result<TeardownReport> destroy(const CellHandle& cell) {
        --*cells;
        return StubCellBackend::destroy(cell);
    }
    int* cells = nullptr;
};

} // namespace

TEST_CASE("A run of the stub with ports survives a lack of memory at any allocation") {
    int cells = 0;
    CountingBackend backend;
    backend.cells = &cells;
    MemorySecretBroker broker;
    broker.set("TOKEN", Secret{"a long value"});
    auto document = cell_document({"/bin/true"});
    document.spec.authority.secret_refs = {"TOKEN"};
    const auto count = at_each_allocation([&] {
        const KnownSecrets secrets;
        MemoryEventSink events;
        Supervisor supervisor{
            std::ref(backend),
            Redacting{std::ref(broker), secrets},
            Redacted{std::ref(events), secrets}};
        static_cast<void>(supervisor.run(document));
    });
    CHECK(count > 100);
    CHECK(cells == 0);
}

TEST_CASE("A cell of gVisor is destroyed whatever allocation of the tear-down fails") {
    const StateDirectory state;
    const auto document = cell_document({"true"}, "a-name-that-takes-memory-of-its-own");
    GVisorCellBackend backend{state.config()};
    for (std::size_t number = 1;; ++number) {
        CAPTURE(number);
        const auto cell = backend.create(document);
        REQUIRE(cell.has_value());
        bool failed = false;
        bool destroyed = false;
        try {
            const FailingNew failing{number};
            destroyed = backend.destroy(*cell).has_value();
            failed = FailingNew::has_failed();
        } catch (const std::bad_alloc&) {
            failed = true;
        }
        // What threw before anything was torn down can be asked for again.
        if (!destroyed) destroyed = backend.destroy(*cell).has_value();
        REQUIRE(destroyed);
        CHECK_FALSE(std::filesystem::exists(state.path() / cell->instance));
        if (!failed) break;
    }
}
