#include "support/catch.hpp"

#include <cellos/os/random.hpp>
#include <cellos/os/state_directory.hpp>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <sys/time.h>

using namespace cellos;

namespace {

// Signals this process all the time; what they interrupt is not restarted.
class Interruptions {
public:
    Interruptions() {
        struct sigaction nothing {};
        nothing.sa_handler = [](int) {};
        ::sigaction(SIGALRM, &nothing, &action_before_);
        const itimerval often{{0, 200}, {0, 200}};
        ::setitimer(ITIMER_REAL, &often, nullptr);
    }
    Interruptions(const Interruptions&) = delete;
    Interruptions& operator=(const Interruptions&) = delete;
    ~Interruptions() {
        const itimerval never{};
        ::setitimer(ITIMER_REAL, &never, nullptr);
        ::sigaction(SIGALRM, &action_before_, nullptr);
    }

private:
    struct sigaction action_before_ {};
};

// That 32 random bytes are all 0 doesn't happen.
bool is_filled(std::span<const std::byte> bytes) {
    const auto is_zero = [](std::byte byte) { return byte == std::byte{0}; };
    for (; bytes.size() >= 32; bytes = bytes.subspan(32))
        if (std::ranges::all_of(bytes.first(32), is_zero)) return false;
    return true;
}

} // namespace

TEST_CASE("Random bytes: all that were asked for, also more than one system call gives") {
    const std::size_t size =
        GENERATE(as<std::size_t>{}, 0, 1, 32, 256, 257, 4096, (std::size_t{32} << 20) + 64);
    std::vector<std::byte> bytes(size);
    REQUIRE(os::random_bytes(bytes).has_value());
    CHECK(is_filled(bytes));
}

TEST_CASE("Random bytes: signals interrupt, and all of it is filled nevertheless") {
    const Interruptions interruptions;
    std::vector<std::byte> bytes(std::size_t{16} << 20);
    REQUIRE(os::random_bytes(bytes).has_value());
    CHECK(is_filled(bytes));
}

TEST_CASE("Random ids have one form and don't come again") {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto id = os::random_id();
        REQUIRE(id.has_value());
        CHECK(os::is_random_id(*id));
        seen.insert(*id);
    }
    CHECK(seen.size() == 1000);
    CHECK_FALSE(os::is_random_id("0123456789abcdef012"));
    CHECK_FALSE(os::is_random_id("0123456789ABCDEF0123"));
}
