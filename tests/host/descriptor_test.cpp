// Descriptors in a program that runs without standard streams, as some daemons do.
#include "support/catch.hpp"
#include "support/forked_program.hpp"

#include <cellos/os/contained_open.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/detached_tmpfs.hpp>
#include <cellos/os/pump.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/stdio.hpp>
#include <cellos/os/wait.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iterator>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace cellos;
using cellos_tests::ForkedProgram;

namespace {

bool no_standard_stream_is_open() {
    for (const int fd : {0, 1, 2})
        if (::fcntl(fd, F_GETFD) != -1) return false;
    return true;
}

bool does_not_survive_exec(int fd) {
    return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

using Kept = std::vector<os::Descriptor>;

// Everything that opens something, and keeps it open.
const std::function<bool(Kept&)> makers[] = {
    [](Kept& kept) {
        kept.push_back(os::open_at(AT_FDCWD, "/dev/zero", O_RDONLY).value());
        return true;
    },
    [](Kept& kept) {
        auto pipe = os::make_pipe().value();
        kept.push_back(std::move(pipe.read_end));
        kept.push_back(std::move(pipe.write_end));
        return true;
    },
    [](Kept& kept) {
        kept.push_back(os::make_memory_file("test").value());
        return true;
    },
    [](Kept& kept) {
        kept.push_back(os::make_event().value());
        kept.push_back(os::make_timer().value());
        return true;
    },
    [](Kept& kept) {
        const auto directory = os::open_at(AT_FDCWD, "/dev", O_PATH | O_DIRECTORY).value();
        kept.push_back(os::open_contained(directory.get(), "zero", O_RDONLY).value());
        return true;
    },
    [](Kept& kept) {
        // It takes a right that this program may not have.
        if (auto root = os::make_detached_tmpfs(1 << 20, 10)) kept.push_back(std::move(*root));
        return true;
    },
    [](Kept& kept) {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1) return false;
        kept.emplace_back(ends[0]);
        kept.emplace_back(ends[1]);
        return true;
    },
};

// 0: every descriptor of ours is a higher one. Else which of the makers, or what, was at fault.
int open_without_standard_streams() {
    ::close_range(0, 2, 0);
    for (std::size_t maker = 0; maker < std::size(makers); ++maker) {
        Kept kept;
        if (!makers[maker](kept) || !no_standard_stream_is_open())
            return static_cast<int>(maker) + 1;
        const bool fine = std::ranges::all_of(kept, [](const os::Descriptor& each) {
            return each.get() > 2 && does_not_survive_exec(each.get());
        });
        if (!fine) return static_cast<int>(maker) + 1;
    }
    return 0;
}

// A child of such a program gets its streams all the same.
int run_without_standard_streams() {
    ::close_range(0, 2, 0);
    CapturedOutput captured;
    const Stdio stdio = Capture{.stdin_text = "in"}; // outlives the bridge
    auto bridge = os::StdioBridge::piped(stdio, captured).value();
    if (!no_standard_stream_is_open()) return 1;
    auto held = os::spawn({
        .program = "/bin/sh",
        .argv = {"sh", "-c", "read line; echo out $line; echo err >&2"},
        .stdio = bridge.child_ends(),
    });
    if (!held || !no_standard_stream_is_open()) return 2;
    auto child = (*std::move(held)).release();
    if (!child) return 3;
    bridge.close_child_ends();
    const auto deadline = os::Clock::now() + std::chrono::seconds{60};
    static_cast<void>(os::pump_until(child->pidfd(), bridge, -1, deadline));
    bridge.drain();
    if (!no_standard_stream_is_open()) return 4;
    return captured.stdout_text == "out in\n" && captured.stderr_text == "err\n" ? 0 : 5;
}

// With no number left but those of the standard streams there is no descriptor.
int open_with_nothing_else_left() {
    ::close_range(0, 2, 0);
    const rlimit three{3, 3};
    if (::setrlimit(RLIMIT_NOFILE, &three) == -1) return 1;
    const auto file = os::open_at(AT_FDCWD, "/dev/zero", O_RDONLY);
    if (file) return 2;
    if (file.error().message != "cannot open /dev/zero: Too many open files") return 3;
    if (os::make_pipe() || os::make_event() || os::make_memory_file("test")) return 4;
    return no_standard_stream_is_open() ? 0 : 5;
}

} // namespace

TEST_CASE("No descriptor of ours is a standard stream, whatever the program has closed") {
    CHECK(ForkedProgram{open_without_standard_streams}.wait() == 0);
    CHECK(ForkedProgram{run_without_standard_streams}.wait() == 0);
    CHECK(ForkedProgram{open_with_nothing_else_left}.wait() == 0);
}
