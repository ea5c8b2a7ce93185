// One channel that several threads use, whoever of them hears what is told.
#include "support/catch.hpp"

#include <cellos/host/sandbox/agent/line.hpp>
#include <cellos/os/wait.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include <poll.h>
#include <unistd.h>

using namespace cellos;
using namespace cellos::sandbox::agent;
using namespace std::chrono_literals;

namespace {

struct Rig {
    Channel::Ends ends = Channel::make().value();
    Line line{ends.host};

    void tell(Kind kind, std::uint32_t id) const {
        Tell told;
        told.kind = kind;
        told.id = id;
        REQUIRE(::write(ends.agent.get(), &told, sizeof told) == sizeof told);
    }
};

// As whoever waits does it; nothing after 20 s.
Result<std::optional<Tell>> next(Line::Call& call) {
    const auto deadline = os::Clock::now() + 20s;
    while (os::Clock::now() < deadline) {
        auto waited = call.waited();
        if (::poll(waited.data(), waited.size(), os::poll_timeout(deadline)) <= 0) break;
        auto tell = call.take();
        if (!tell || *tell) return tell;
    }
    return std::optional<Tell>{};
}

std::uint32_t id_of_next(Line::Call& call) {
    const auto tell = next(call);
    return tell && *tell ? (*tell)->id : 0;
}

} // namespace

TEST_CASE("Who takes what is told hands out what is for others", "[agent_line]") {
    Rig rig;
    auto first = rig.line.call(1).value();
    auto second = rig.line.call(2).value();
    rig.tell(Kind::Started, 2);
    rig.tell(Kind::Ended, 2);
    CHECK_FALSE(first.take().value());
    CHECK(next(second).value()->kind == Kind::Started);
    CHECK(next(second).value()->kind == Kind::Ended);
}

TEST_CASE("Two Tells that come together are both heard of", "[agent_line]") {
    Rig rig;
    auto call = rig.line.call(7).value();
    rig.tell(Kind::Started, 7);
    rig.tell(Kind::Ended, 7);
    CHECK(next(call).value()->kind == Kind::Started);
    CHECK(next(call).value()->kind == Kind::Ended);
    CHECK_FALSE(call.take().value());
    CHECK_FALSE(os::is_ready(call.waited()[1].fd, POLLIN));
}

TEST_CASE("Each of many threads hears what is told it, once", "[agent_line]") {
    Rig rig;
    constexpr std::uint32_t threads = 16;
    constexpr int rounds = 50;
    std::atomic<int> heard{0};
    {
        std::vector<std::jthread> all;
        for (std::uint32_t id = 1; id <= threads; ++id)
            all.emplace_back([&, id] {
                for (int round = 0; round < rounds; ++round) {
                    const std::uint32_t mine = id + threads * static_cast<std::uint32_t>(round);
                    auto call = rig.line.call(mine);
                    if (!call) return;
                    Tell told;
                    told.kind = Kind::Stored;
                    told.id = mine;
                    if (::write(rig.ends.agent.get(), &told, sizeof told) != sizeof told) return;
                    if (id_of_next(*call) == mine) ++heard;
                }
            });
    }
    CHECK(heard == static_cast<int>(threads) * rounds);
}

TEST_CASE("What nobody has asked for ends the line for all", "[agent_line]") {
    Rig rig;
    auto first = rig.line.call(1).value();
    auto second = rig.line.call(2).value();
    SECTION("an unknown id") {
        rig.tell(Kind::Ended, 3);
    }
    SECTION("more than a command is told of") {
        for (int i = 0; i < 3; ++i) rig.tell(Kind::Started, 1);
    }
    SECTION("nothing that an agent sends") {
        REQUIRE(
            ::write(
                rig.ends.agent.get(), "no Tell of an agent, but some forty-eight bytes..", 48
            ) == 48
        );
    }
    SECTION("its end") {
        REQUIRE(rig.ends.agent.get() >= 0);
        rig.ends.agent.reset();
    }
    // Whichever is first: the other is woken.
    while (const auto tell = next(second)) CHECK(*tell);
    CHECK(os::is_ready(first.waited()[1].fd, POLLIN));
    while (const auto tell = next(first)) CHECK(*tell);
    CHECK_FALSE(second.take().has_value());
}

TEST_CASE("What is still told of a call that was given up is passed over", "[agent_line]") {
    Rig rig;
    auto kept = rig.line.call(1).value();
    { const auto given_up = rig.line.call(2).value(); }
    rig.tell(Kind::Started, 2);
    rig.tell(Kind::Ended, 2);
    rig.tell(Kind::Started, 1);
    CHECK(id_of_next(kept) == 1);
    // Its end was the last word.
    rig.tell(Kind::Ended, 2);
    CHECK_FALSE(next(kept).has_value());
}
