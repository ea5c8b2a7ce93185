// Streams that are pipes of the library's own: what the child sees, and where its output goes.
#include "support/catch.hpp"
#include "support/soft_limit.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/os/pump.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/stdio.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace cellos;
using namespace std::chrono_literals;

namespace {

struct Ran {
    os::WaitStatus status{};
    CapturedOutput captured{};
    std::optional<CellosError> delivery_error{};
    bool limit_exceeded = false;
};

os::Clock::time_point patience() {
    return os::Clock::now() + 60s;
}

Ran run(
    const Stdio& stdio,
    std::string script,
    std::uint64_t limit = os::StdioBridge::unlimited,
    std::optional<os::Clock::time_point> drained_until = {}
) {
    Ran ran;
    auto bridge = os::StdioBridge::piped(stdio, ran.captured, limit).value();
    os::SpawnRequest request{
        .program = "/bin/sh",
        .argv = {"sh", "-c", std::move(script)},
        .environment = {"PATH=/usr/bin:/bin"},
        .stdio = bridge.child_ends(),
    };
    auto child = os::spawn(request).value().release().value();
    bridge.close_child_ends();
    const os::Wake wake = os::pump_until(child.pidfd(), bridge, -1, patience());
    CHECK(wake == (bridge.limit_exceeded() ? os::Wake::OutputLimit : os::Wake::Ended));
    if (wake != os::Wake::Ended) child.signal_group(SIGKILL);
    ran.status = child.reap().value();
    bridge.drain(drained_until.value_or(patience()));
    ran.delivery_error = bridge.delivery_error();
    ran.limit_exceeded = bridge.limit_exceeded();
    return ran;
}

os::Descriptor new_file(const std::filesystem::path& path, int flags = 0) {
    return os::open_at(AT_FDCWD, path.c_str(), O_RDWR | O_CREAT | O_EXCL | flags, 0600).value();
}

std::string text_of(const std::filesystem::path& path) {
    return os::read_file(AT_FDCWD, path.c_str(), std::size_t{16} << 20).value();
}

ino_t inode(int fd) {
    struct stat info {};
    REQUIRE(::fstat(fd, &info) == 0);
    return info.st_ino;
}

constexpr const char* in_turn =
    "i=0; while [ $i -lt 200 ]; do echo $i; i=$((i+1)); echo $i >&2; i=$((i+1)); done";

std::string numbers() {
    std::string text;
    for (int i = 0; i < 200; ++i) text += std::to_string(i) + '\n';
    return text;
}

} // namespace

TEST_CASE("Nothing of the caller's reaches a child whose streams are all pipes of ours") {
    const cellos_test::TemporaryDirectory directory;
    const auto input = new_file(directory.path() / "in");
    const auto output = new_file(directory.path() / "out");
    const auto errors = new_file(directory.path() / "err");
    CapturedOutput captured;
    const Stdio kinds[] = {
        Descriptors{input.get(), output.get(), errors.get()},
        Capture{.stdin_text = "text"},
        Capture{},
        Capture{.merge = true},
        Discard{},
        Inherit{},
    };
    for (const Stdio& stdio : kinds) {
        INFO("kind " << stdio.index());
        const auto bridge = os::StdioBridge::piped(stdio, captured).value();
        for (const int fd : bridge.child_ends()) {
            struct stat info {};
            REQUIRE(::fstat(fd, &info) == 0);
            CHECK(S_ISFIFO(info.st_mode));
            CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
            for (const int own : {0, 1, 2}) CHECK(info.st_ino != inode(own));
        }
        const auto [in, out, err] = bridge.child_ends();
        CHECK((::fcntl(in, F_GETFL) & O_ACCMODE) == O_RDONLY);
        CHECK((::fcntl(out, F_GETFL) & O_ACCMODE) == O_WRONLY);
        CHECK((::fcntl(err, F_GETFL) & O_ACCMODE) == O_WRONLY);
        // Any user may open it once more, and nobody may write to it.
        struct stat info {};
        REQUIRE(::fstat(in, &info) == 0);
        CHECK((info.st_mode & 0777) == 0444);
    }
}

TEST_CASE("What a child reads comes through a pipe, from the position of the caller's file") {
    const cellos_test::TemporaryDirectory directory;
    const auto input = new_file(directory.path() / "in");
    REQUIRE(os::write_all(input.get(), "passed\nto be read\n").has_value());
    REQUIRE(::lseek(input.get(), 7, SEEK_SET) == 7);
    const auto output = new_file(directory.path() / "out");
    const auto ran =
        run(Descriptors{input.get(), output.get(), -1}, "[ -p /dev/stdin ] && cat /dev/stdin");
    CHECK(ran.status.value == 0);
    CHECK(text_of(directory.path() / "out") == "to be read\n");

    const std::string text(300'000, 'x');
    CHECK(run(Capture{.stdin_text = text}, "cat /dev/stdin").captured.stdout_text == text);
    CHECK(run(Capture{}, "cat; echo end").captured.stdout_text == "end\n");
    CHECK(run(Discard{}, "read line").status.value == 1);
    // One who does not read keeps nobody.
    CHECK(run(Capture{.stdin_text = text}, "exit 3").status.value == 3);
}

TEST_CASE("Stdout and stderr that go to one place keep their order") {
    const cellos_test::TemporaryDirectory directory;
    const auto path = directory.path() / "both";
    SECTION("captured") {
        const auto ran = run(Capture{.merge = true}, in_turn);
        CHECK(ran.captured.stdout_text == numbers());
        CHECK(ran.captured.stderr_text.empty());
    }
    SECTION("in one file, as after 2>&1") {
        const auto file = new_file(path);
        const os::Descriptor copy{::fcntl(file.get(), F_DUPFD_CLOEXEC, 3)};
        static_cast<void>(run(Descriptors{-1, file.get(), copy.get()}, in_turn));
        CHECK(text_of(path) == numbers());
    }
    SECTION("in one file that was opened twice to append to") {
        const auto file = new_file(path, O_APPEND);
        const auto again = os::open_at(AT_FDCWD, path.c_str(), O_RDWR | O_APPEND).value();
        static_cast<void>(run(Descriptors{-1, file.get(), again.get()}, in_turn));
        CHECK(text_of(path) == numbers());
    }
    SECTION("through one pipe of the caller's") {
        auto pipe = os::make_pipe().value();
        os::Descriptor copy{::fcntl(pipe.write_end.get(), F_DUPFD_CLOEXEC, 3)};
        static_cast<void>(run(Descriptors{-1, pipe.write_end.get(), pipe.write_end.get()}, in_turn)
        );
        static_cast<void>(run(Descriptors{-1, pipe.write_end.get(), copy.get()}, in_turn));
        pipe.write_end.reset();
        copy.reset();
        CHECK(os::read_all(pipe.read_end.get()).value() == numbers() + numbers());
    }
}

TEST_CASE("Stdout and stderr that go to two places are kept apart") {
    const auto ran = run(Capture{}, "echo out; echo err >&2");
    CHECK(ran.captured.stdout_text == "out\n");
    CHECK(ran.captured.stderr_text == "err\n");

    const cellos_test::TemporaryDirectory directory;
    const auto file = new_file(directory.path() / "out");
    const auto other = new_file(directory.path() / "err");
    static_cast<void>(run(Descriptors{-1, file.get(), other.get()}, "echo out; echo err >&2"));
    CHECK(text_of(directory.path() / "out") == "out\n");
    CHECK(text_of(directory.path() / "err") == "err\n");

    // One file at two positions.
    const auto end = os::open_at(AT_FDCWD, (directory.path() / "out").c_str(), O_RDWR).value();
    static_cast<void>(run(Descriptors{-1, file.get(), end.get()}, "echo err >&2; echo more"));
    CHECK(text_of(directory.path() / "out") == "err\nmore\n");
}

TEST_CASE("Much output arrives whole, whatever it goes to") {
    const cellos_test::TemporaryDirectory directory;
    const std::string script = "seq 400000";
    const std::string expected = run(Capture{.limit_bytes = 8 << 20}, script).captured.stdout_text;
    REQUIRE(expected.size() > 2'000'000);
    for (const int flags : {0, O_APPEND}) {
        const auto path = directory.path() / ("out" + std::to_string(flags));
        const auto file = new_file(path, flags);
        REQUIRE(os::write_all(file.get(), "before\n").has_value());
        const auto ran = run(Descriptors{-1, file.get(), -1}, script);
        CHECK(ran.status.value == 0);
        CHECK_FALSE(ran.delivery_error.has_value());
        CHECK(text_of(path) == "before\n" + expected);
    }
    SECTION("but no more than the limit") {
        const auto file = new_file(directory.path() / "out");
        const auto ran = run(Descriptors{-1, file.get(), -1}, script, 1'000'000);
        CHECK(ran.limit_exceeded);
        CHECK(text_of(directory.path() / "out") == expected.substr(0, 1'000'000));
    }
}

TEST_CASE("Output that cannot be delivered is told of, and the child is cut off") {
    const auto full = os::open_at(AT_FDCWD, "/dev/full", O_WRONLY).value();
    const auto out = run(Descriptors{-1, full.get(), -1}, "exec cat /dev/zero");
    CHECK(out.status.value == SIGPIPE);
    REQUIRE(out.delivery_error.has_value());
    CHECK(out.delivery_error->kind == CellosError::Kind::Host);
    CHECK(out.delivery_error->message == "cannot deliver stdout: No space left on device");
    // Also what comes at the very end.
    const auto err = run(Descriptors{-1, -1, full.get()}, "echo >&2");
    REQUIRE(err.delivery_error.has_value());
    CHECK(err.delivery_error->message == "cannot deliver stderr: No space left on device");
}

TEST_CASE("A pipe of the caller's holds what it can, in however small pieces it was written") {
    auto pipe = os::make_pipe().value();
    // It is read at the end only. Each piece is gone before the next one comes.
    const auto ran =
        run(Descriptors{-1, pipe.write_end.get(), -1},
            "i=0; while [ $i -lt 60 ]; do echo $i; /bin/true; i=$((i+1)); done");
    CHECK_FALSE(ran.delivery_error.has_value());
    pipe.write_end.reset();
    const std::string text = os::read_all(pipe.read_end.get()).value();
    CHECK(text.ends_with("58\n59\n"));
}

TEST_CASE("A file that may not grow any more doesn't end the host program") {
    const cellos_test::TemporaryDirectory directory;
    const auto file = new_file(directory.path() / "out");
    std::optional<CellosError> error;
    {
        const cellos_tests::SoftLimit small{RLIMIT_FSIZE, 100'000};
        std::signal(SIGXFSZ, SIG_DFL); // as a program has it; the limit restores what was there
        error = run(Descriptors{-1, file.get(), -1}, "exec cat /dev/zero").delivery_error;
    }
    REQUIRE(error.has_value());
    CHECK(error->message == "cannot deliver stdout: File too large");
    CHECK(text_of(directory.path() / "out").size() == 100'000);
}

TEST_CASE("A reader that has gone is no error, and the child gets SIGPIPE") {
    auto pipe = os::make_pipe().value();
    pipe.read_end.reset();
    const auto ran = run(Descriptors{-1, pipe.write_end.get(), -1}, "exec cat /dev/zero");
    CHECK(ran.status.value == SIGPIPE);
    CHECK_FALSE(ran.delivery_error.has_value());

    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    const os::Descriptor ours{ends[0]};
    os::Descriptor{ends[1]}.reset();
    const auto other = run(Descriptors{-1, ours.get(), -1}, "exec cat /dev/zero");
    CHECK(other.status.value == SIGPIPE);
    CHECK_FALSE(other.delivery_error.has_value());
}

TEST_CASE("A reader that takes too long is told of") {
    const auto pipe = os::make_pipe().value();
    // More than the reader's pipe takes, and not more than both do.
    const auto ran =
        run(Descriptors{-1, pipe.write_end.get(), -1},
            "head -c 100000 /dev/zero",
            os::StdioBridge::unlimited,
            os::Clock::now());
    CHECK(ran.status.value == 0);
    REQUIRE(ran.delivery_error.has_value());
    CHECK(ran.delivery_error->message == "cannot deliver stdout: its reader took too long");
}

TEST_CASE("A pipe for output holds a mebibyte where the kernel allows it") {
    CapturedOutput captured;
    const auto bridge = os::StdioBridge::piped(Capture{}, captured).value();
    const auto [in, out, err] = bridge.child_ends();
    const auto most = os::read_file(AT_FDCWD, "/proc/sys/fs/pipe-max-size").value();
    if (::geteuid() != 0 || std::stoi(most) < 1 << 20) CELLOS_SKIP("pipes are bounded here");
    CHECK(::fcntl(out, F_GETPIPE_SZ) == 1 << 20);
    CHECK(::fcntl(err, F_GETPIPE_SZ) == 1 << 20);
}
