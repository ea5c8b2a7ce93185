// What the supervising process takes of a sandbox's words, and what it makes of them.
#include "support/catch.hpp"

#include <cellos/host/sandbox/agent/tell.hpp>

#include <cerrno>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace cellos::sandbox::agent;
using cellos::CellosError;
using cellos::ExitStatus;

bool is_taken(const Tell& tell) {
    const auto bytes = std::as_bytes(std::span{&tell, 1});
    const auto taken = parse_tell(bytes.first<sizeof(Tell)>());
    if (!taken) return false;
    CHECK(std::as_bytes(std::span{&*taken, 1})[0] == bytes[0]);
    CHECK(taken->kind == tell.kind);
    CHECK(taken->id == tell.id);
    CHECK(taken->step == tell.step);
    CHECK(taken->status == tell.status);
    CHECK(taken->user_micros == tell.user_micros);
    CHECK(taken->system_micros == tell.system_micros);
    CHECK(taken->peak_kib == tell.peak_kib);
    return true;
}

constexpr std::uint32_t agent_magic = magic;

constexpr std::uint32_t after(auto last) {
    return static_cast<std::uint32_t>(last) + 1;
}

// As its agent sends them.
const std::vector<Tell> possible{
    {.kind = Kind::Ready},
    {.kind = Kind::Ready, .status = -1},
    {.kind = Kind::Ready, .status = 3 << 8},
    {.kind = Kind::Ready, .status = 9},
    {.kind = Kind::Stored},
    {.kind = Kind::Started, .id = 1},
    {.kind = Kind::Started, .id = std::numeric_limits<std::uint32_t>::max()},
    {.kind = Kind::Ended, .id = 1},
    {.kind = Kind::Ended, .id = 1, .status = 0xFF00},
    {.kind = Kind::Ended, .id = 1, .status = 64},
    {.kind = Kind::Ended, .id = 1, .status = 0x80 | 11},
    {.kind = Kind::Ended,
     .id = 1,
     .user_micros = (std::uint64_t{1} << 52) - 1,
     .system_micros = (std::uint64_t{1} << 52) - 1,
     .peak_kib = (std::uint64_t{1} << 52) - 1},
    {.kind = Kind::Failed, .id = 1, .step = Step::Read, .status = EPROTO},
    {.kind = Kind::Failed, .step = Step::Store, .status = 1},
    {.kind = Kind::Failed, .id = 1, .step = Step::Execute, .status = 4095},
};

// One field away from what an agent can send.
std::vector<Tell> impossible() {
    constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
    std::vector<Tell> all{
        {.kind = Kind{0}},
        {.kind = Kind{after(Kind::Failed)}},
        {.kind = Kind{0xFFFFFFFF}},
        {.kind = Kind::Failed, .step = Step::None, .status = 1},
        {.kind = Kind::Failed, .step = Step{after(Step::Execute)}, .status = 1},
        {.kind = Kind::Failed, .step = Step::Store, .status = 0},
        {.kind = Kind::Failed, .step = Step::Store, .status = -1},
        {.kind = Kind::Failed, .step = Step::Store, .status = 4096},
        {.kind = Kind::Ended, .user_micros = std::uint64_t{1} << 52},
        {.kind = Kind::Ended, .system_micros = std::uint64_t{1} << 52},
        {.kind = Kind::Ended, .peak_kib = std::uint64_t{1} << 52},
        {.kind = Kind::Ended, .peak_kib = std::numeric_limits<std::uint64_t>::max()},
        {.kind = Kind::Stored, .status = 1},
        {.kind = Kind::Started, .status = 1},
    };
    // Stopped, continued, with a core dump of nothing, by a signal that there is not, out of range.
    for (const std::int32_t status : {0x137F, 0xFFFF, 0x80, 65, 0x7F, 0x109, 0x10000, -2, lowest})
        for (const Kind kind : {Kind::Ready, Kind::Ended})
            all.push_back({.kind = kind, .status = status});
    all.push_back({.kind = Kind::Ended, .status = -1});
    // What is none of its kind's.
    for (const Tell& tell : possible) {
        for (const std::uint32_t magic : {0U, agent_magic + 1, agent_magic ^ 0x80000000U}) {
            all.push_back(tell);
            all.back().magic = magic;
        }
        all.push_back(tell);
        all.back().reserved = 1;
        if (tell.kind != Kind::Failed) {
            all.push_back(tell);
            all.back().step = Step::Read;
        }
        if (tell.kind == Kind::Ended) continue;
        for (auto Tell::*field : {&Tell::user_micros, &Tell::system_micros, &Tell::peak_kib}) {
            all.push_back(tell);
            all.back().*field = 1;
        }
    }
    return all;
}

Tell failed(Step step, int error) {
    return {.kind = Kind::Failed, .id = 1, .step = step, .status = error};
}

} // namespace

TEST_CASE("What an agent can send is taken as it is") {
    for (const Tell& tell : possible) {
        CAPTURE(static_cast<int>(tell.kind), static_cast<int>(tell.step), tell.status);
        CHECK(is_taken(tell));
    }
}

TEST_CASE("What no agent sends is not taken") {
    for (const Tell& tell : impossible()) {
        CAPTURE(tell.magic, static_cast<int>(tell.kind), static_cast<int>(tell.step));
        CAPTURE(tell.status, tell.reserved, tell.user_micros, tell.system_micros, tell.peak_kib);
        CHECK_FALSE(is_taken(tell));
    }
}

TEST_CASE("Every status of wait(2) that ends a process is taken and no other") {
    for (std::int32_t status = -0x100; status < 0x20000; ++status) {
        const int signal = status & 0x7F;
        const bool exited = status >= 0 && status <= 0xFFFF && (status & 0xFF) == 0;
        const bool killed = status > 0 && status <= 0xFF && signal >= 1 && signal <= 64;
        const Tell tell{.kind = Kind::Ended, .status = status};
        const auto bytes = std::as_bytes(std::span{&tell, 1});
        const bool taken = parse_tell(bytes.first<sizeof(Tell)>()).has_value();
        if (taken == (exited || killed)) continue;
        FAIL("status " << status);
    }
    SUCCEED();
}

TEST_CASE("An exit code is told from a signal, with a core dump or without") {
    const auto end = [](int status) {
        return exit_status_of({.kind = Kind::Ended, .status = status});
    };
    for (const int code : {0, 1, 2, 7, 126, 127, 128, 137, 255})
        CHECK(end(code << 8) == ExitStatus::exited(code));
    for (const int signal : {1, 6, 9, 11, 15, 34, 64}) {
        CHECK(end(signal) == ExitStatus::signaled(signal));
        CHECK(end(signal | 0x80) == ExitStatus::signaled(signal));
    }
}

TEST_CASE("What the agent could not do is an error that names what the user gave") {
    using enum CellosError::Kind;
    const auto error = [](Step step, int number) {
        return error_of(failed(step, number), "./tool", "/work");
    };
    CHECK(error(Step::Search, ENOENT) == CellosError{CommandNotFound, "./tool"});
    CHECK(error(Step::Search, EACCES) == CellosError{CommandNotFound, "./tool"});
    CHECK(error(Step::Execute, ENOENT) == CellosError{CommandNotFound, "./tool"});
    for (const int number :
         {EACCES, EPERM, ENOEXEC, ENOTDIR, ELOOP, EFAULT, ENOMEM, EINVAL, EISDIR, ETXTBSY, 4095})
        CHECK(error(Step::Execute, number) == CellosError{CommandNotExecutable, "./tool"});
    CHECK(
        error(Step::Execute, E2BIG) ==
        CellosError{ArgvTooLarge, "arguments and variables are too long: Argument list too long"}
    );
    CHECK(
        error(Step::Directory, ENOENT) ==
        CellosError{
            InvalidSpec,
            "spec.run.workingDirectory: /work cannot be entered in the cell: No such file or "
            "directory"}
    );
}

TEST_CASE("What the sandbox itself could not do is its failure with the step and the reason") {
    struct Case {
        Step step;
        int error;
        std::string_view message;
    };
    for (const Case& one : std::vector<Case>{
             {Step::None, EIO, "the sandbox did not understand what to run: Input/output error"},
             {Step::Read, EPROTO, "the sandbox did not understand what to run: Protocol error"},
             {Step::Store, ENOSPC, "the sandbox could not store a file: No space left on device"},
             {Step::Hostname,
              EPERM,
              "the sandbox could not take its name: Operation not permitted"},
             {Step::Streams,
              EMFILE,
              "the sandbox could not make the workload's streams: Too many open files"},
             {Step::Fork,
              EAGAIN,
              "the sandbox could not start a process: Resource temporarily unavailable"},
             {Step::Limits, EINVAL, "the sandbox could not set a limit: Invalid argument"},
             {Step::Drop,
              EPERM,
              "the sandbox could not give up its privileges: Operation not permitted"}}) {
        const CellosError error = error_of(failed(one.step, one.error), "./tool", "/work");
        CHECK(error.kind == CellosError::Kind::SandboxFailed);
        CHECK(error.message == one.message);
    }
}

TEST_CASE("Whatever step and number are told, there is an error with a reason") {
    for (std::uint32_t step = 0; step <= after(Step::Execute); ++step) {
        for (int number = 1; number <= 4095; ++number) {
            const CellosError error = error_of(failed(Step{step}, number), "tool", "/work");
            if (error.message.empty() || error.message.size() > 200)
                FAIL("step " << step << ", errno " << number << ": " << error.message);
        }
    }
    SUCCEED();
}
