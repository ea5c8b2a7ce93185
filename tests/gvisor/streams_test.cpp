// The workload's standard streams: what is written arrives whole and in order, through whatever the
// caller has chosen, and what is the caller's stays as it was. The same cold and warm.
#include "support/catch.hpp"
#include "support/cold_or_warm.hpp"
#include "support/small_disk.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/os/descriptor.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t much = 3'000'000;

// Says by its exit code whether one write(2) took all.
ExecutionCellDocument one_write() {
    return cell_document(
        {"python3", "-c", "import os\nos._exit(0 if os.write(1, b'x' * 3000000) == 3000000 else 1)"}
    );
}

// What a caller can tell of a descriptor.
struct Looks {
    mode_t mode = 0;
    uid_t owner = 0;
    gid_t group = 0;
    int status_flags = 0;
    int descriptor_flags = 0;

    explicit Looks(int fd)
        : status_flags{::fcntl(fd, F_GETFL)}, descriptor_flags{::fcntl(fd, F_GETFD)} {
        struct stat info {};
        if (::fstat(fd, &info) != 0) return;
        mode = info.st_mode;
        owner = info.st_uid;
        group = info.st_gid;
    }

    friend bool operator==(const Looks&, const Looks&) = default;
};

} // namespace

TEST_CASE("One write of 3 MB arrives whole, whatever takes it") {
    const cellos_test::TemporaryDirectory folder;
    for (const bool warm : {false, true}) {
        INFO(cold_or_warm(warm));
        ColdOrWarm cells{warm};
        const auto kept = cells(one_write(), {.stdio = Capture{.limit_bytes = 2 * much}});
        CHECK(kept.exit == ExitStatus::exited(0));
        CHECK(kept.stdout_text.size() == much);
        CHECK(std::ranges::count(kept.stdout_text, 'x') == much);

        auto pipe = os::make_pipe().value();
        auto slow_reader = std::async(std::launch::async, [&] {
            std::size_t got = 0;
            std::vector<char> some(50'000);
            for (;;) {
                const ssize_t now = ::read(pipe.read_end.get(), some.data(), some.size());
                if (now <= 0) return got;
                got += static_cast<std::size_t>(now);
                std::this_thread::sleep_for(5ms);
            }
        });
        const auto slow = cells(one_write(), {.stdio = Descriptors{-1, pipe.write_end.get()}});
        pipe.write_end.reset();
        CHECK(slow.exit == ExitStatus::exited(0));
        CHECK(slow_reader.get() == much);

        const auto path = folder.path() / "out";
        const auto file =
            os::open_at(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
                .value();
        const auto filed = cells(one_write(), {.stdio = Descriptors{-1, file.get()}});
        CHECK(filed.exit == ExitStatus::exited(0));
        CHECK(filed.outcome == Outcome::Succeeded);
        CHECK(std::filesystem::file_size(path) == much);
    }
}

TEST_CASE("A workload can open its own streams by name") {
    for (const bool warm : {false, true}) {
        INFO(cold_or_warm(warm));
        ColdOrWarm cells{warm};
        const auto document =
            shell_document("cat /dev/stdin >/dev/stdout; echo x >/dev/stdout; echo y >/dev/stderr");
        const auto report = cells(document, {.stdio = Capture{.stdin_text = "in\n"}});
        CHECK(report.exit == ExitStatus::exited(0));
        CHECK(report.stdout_text == "in\nx\n");
        CHECK(report.stderr_text == "y\n");
    }
}

TEST_CASE("Both outputs in one keep their order") {
    std::string expected;
    for (int i = 1; i <= 200; ++i)
        expected += "o" + std::to_string(i) + "\ne" + std::to_string(i) + "\n";
    for (const bool warm : {false, true}) {
        INFO(cold_or_warm(warm));
        ColdOrWarm cells{warm};
        const auto report = cells(
            shell_document("i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo o$i; echo e$i >&2; done"
            ),
            {.stdio = Capture{.merge = true}}
        );
        CHECK(report.stdout_text == expected);
        CHECK(report.stderr_text == "");
    }
}

TEST_CASE("The caller's descriptors are after a run what they were before") {
    const cellos_test::TemporaryDirectory folder;
    const auto input_path = folder.write("in", "what is read\n", std::filesystem::perms{0640});
    const auto output_path = folder.write("out", "", std::filesystem::perms{0604});
    const auto fifo_path = folder.path() / "fifo";
    REQUIRE(::mkfifo(fifo_path.c_str(), 0620) == 0);
    const auto input = os::open_at(AT_FDCWD, input_path.c_str(), O_RDONLY | O_CLOEXEC).value();
    const auto output =
        os::open_at(AT_FDCWD, output_path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC).value();
    const auto fifo = os::open_at(AT_FDCWD, fifo_path.c_str(), O_RDWR | O_CLOEXEC).value();
    const std::vector<int> all{input.get(), output.get(), fifo.get()};
    std::vector<Looks> before;
    for (const int fd : all) before.emplace_back(fd);

    for (const bool warm : {false, true}) {
        INFO(cold_or_warm(warm));
        REQUIRE(::lseek(input.get(), 0, SEEK_SET) == 0);
        REQUIRE(::truncate(output_path.c_str(), 0) == 0);
        ColdOrWarm cells{warm};
        // It may try to change what it has been given.
        const auto report = cells(
            shell_document("cat; echo done >&2; chmod 777 /dev/stdin /dev/stdout /dev/stderr; "
                           "chown 1 /dev/stdout; python3 -c 'import os\n"
                           "for fd in 0, 1, 2: os.set_blocking(fd, False)'; exit 0"),
            {.stdio = Descriptors{input.get(), output.get(), fifo.get()}}
        );
        CHECK(report.exit == ExitStatus::exited(0));
        for (std::size_t i = 0; i < all.size(); ++i) {
            INFO("descriptor " << i);
            CHECK((Looks{all[i]} == before[i]));
        }
        std::string got;
        got = file_text(output_path);
        CHECK(got == "what is read\n");
        char said[5]{};
        CHECK(::read(fifo.get(), said, sizeof said) == sizeof said);
        CHECK(std::string(said, sizeof said) == "done\n");
        REQUIRE(::fcntl(fifo.get(), F_SETFL, before[2].status_flags | O_NONBLOCK) == 0);
        std::vector<char> rest(65'536);
        while (::read(fifo.get(), rest.data(), rest.size()) > 0) {
        }
        REQUIRE(::fcntl(fifo.get(), F_SETFL, before[2].status_flags) == 0);
    }
}

TEST_CASE("Output that doesn't fit on its disk is a failure that is told") {
    const SmallDisk disk{64 << 10};
    if (!disk.mounted()) CELLOS_SKIP("no file system can be mounted here");
    const auto path = disk.path() / "out";
    for (const bool warm : {false, true}) {
        INFO(cold_or_warm(warm));
        ColdOrWarm cells{warm};
        const auto file =
            os::open_at(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
                .value();
        // A workload that doesn't care, so that nothing but the report can tell.
        const auto report = cells(
            shell_document("trap '' PIPE; head -c 1000000 /dev/zero 2>/dev/null; exit 0"),
            {.stdio = Descriptors{-1, file.get()}}
        );
        CHECK(report.exit == ExitStatus::exited(0));
        CHECK(report.outcome == Outcome::Failed);
        REQUIRE(report.port_errors.size() == 1);
        CHECK(
            report.port_errors.front().message == "cannot deliver stdout: No space left on device"
        );
        CHECK(std::filesystem::file_size(path) == 64 << 10);

        const auto fits = cells(shell_document("head -c 1000 /dev/zero"), {.stdio = Capture{}});
        CHECK(fits.outcome == Outcome::Succeeded);
    }
    std::filesystem::remove(path);
}
