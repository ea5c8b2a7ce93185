// That the stub makes no system call, as the kernel sees it: this program runs a part of itself
// under strace, between two marks that the kernel refuses and strace shows.

#ifdef __linux__

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/core/document.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/os/tool.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

using namespace cellos;
using namespace cellos_test;
using namespace std::chrono_literals;

namespace {

constexpr const char* traced_test = "The stub under strace";

void mark(std::string_view text) {
    static_cast<void>(!::write(-1, text.data(), text.size()));
}

} // namespace

TEST_CASE("The stub under strace", "[.traced]") {
    const StubCellBackend backend;
    ExecutionCellDocument document;
    document.spec.id = "a-cell-with-an-id-that-needs-memory-of-its-own";
    std::size_t destroyed = 0;
    const auto live = [&] {
        const auto cell = backend.create(document);
        const auto report = backend.destroy(*cell);
        destroyed += report->destroyed ? 1U : 0U;
    };
    live(); // the allocator has its memory now
    mark("begin");
    for (int i = 0; i < 100; ++i) live();
    mark("end");
    CHECK(destroyed == 101);
}

TEST_CASE("strace sees no system call between the stub's create and destroy") {
    const auto strace = os::find_program("strace", "/usr/local/bin:/usr/bin:/bin");
    if (!strace) CELLOS_SKIP("strace is not installed");
    const TemporaryDirectory directory;
    const std::string trace = directory.path() / "trace";
    const auto output = os::run_tool(
        {
            .program = *strace,
            .argv =
                {"strace",
                 "-o",
                 trace,
                 std::filesystem::read_symlink("/proc/self/exe"),
                 traced_test},
            // A leak check needs what strace already holds.
            .environment = {"ASAN_OPTIONS=detect_leaks=0"},
        },
        os::Clock::now() + 60s
    );
    REQUIRE(output);
    if (output->stderr_text.find("PTRACE") != std::string::npos ||
        output->stderr_text.find("ptrace") != std::string::npos)
        CELLOS_SKIP("strace may not trace here: " + output->stderr_text);
    INFO(output->stderr_text);
    REQUIRE(output->status.value == 0);

    std::vector<std::string> calls;
    std::ifstream lines{trace};
    for (std::string line; std::getline(lines, line);) calls.push_back(line);
    const auto marked = [&](std::string_view text) {
        return std::ranges::find_if(calls, [&](const std::string& call) {
            return call.starts_with("write(-1, \"" + std::string{text} + '"');
        });
    };
    const auto begin = marked("begin");
    REQUIRE(begin != calls.end());
    CHECK(marked("end") == begin + 1);
}

#endif
