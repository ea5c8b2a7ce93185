#include "support/catch.hpp"

#include <cellos/sink/memory.hpp>

#include <thread>
#include <utility>
#include <vector>

using namespace cellos;

TEST_CASE("The memory sink keeps events in the order in which they came") {
    MemoryEventSink sink;
    for (const char* id : {"a", "b"}) REQUIRE(sink.emit(CloudEvent{.id = id}));
    CHECK(sink.events().size() == 2);
    CHECK(sink.events()[1].id == "b");

    MemoryEventSink moved{std::move(sink)};
    REQUIRE(moved.emit(CloudEvent{.id = "c"}));
    CHECK(moved.drain().size() == 3);
    CHECK(moved.events().empty());
}

TEST_CASE("The memory sink loses nothing between threads") {
    MemoryEventSink sink;
    {
        std::vector<std::jthread> pool;
        for (int t = 0; t < 8; ++t)
            pool.emplace_back([&] {
                for (int i = 0; i < 100; ++i) static_cast<void>(sink.emit(CloudEvent{}));
            });
    }
    CHECK(sink.events().size() == 800);
}
