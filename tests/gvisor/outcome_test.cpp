#include "support/catch.hpp"

#include <cellos/host/gvisor/runsc/outcome.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace {

using Catch::Matchers::ContainsSubstring;
using cellos::CellosError;
using cellos::ExitStatus;
using cellos::gvisor::classify_runsc_end;
using cellos::gvisor::RunscEnd;
using namespace std::string_literals;

// As runsc writes it, from its first line to its last.
std::string debug_log(unsigned wait_status) {
    return "I1122 01:53:56.130472    6960 main.go:216] ***************************\n"
           "I1122 01:53:56.130512    6960 main.go:217] Args: [runsc --root=/r run --bundle=b c1]\n"
           "I1122 01:53:56.134686    6960 sandbox.go:917] Sandbox started, PID: 6969\n"
           "I1122 01:53:56.334523    6960 main.go:266] Exiting with status: " +
           std::to_string(wait_status) + '\n';
}

std::string record(std::string_view message, std::string_view level = "error") {
    return R"({"msg":")" + std::string{message} + R"(","level":")" + std::string{level} +
           R"(","time":"2026-11-22T01:56:20.545456578Z"})";
}

// A runsc that failed says so in its log and ends with 128.
CellosError failed(std::string_view log, std::string_view panic_log = {}) {
    const auto end =
        classify_runsc_end({.value = 128, .log = log, .panic_log = panic_log, .program = "./tool"});
    REQUIRE_FALSE(end.has_value());
    return end.error();
}

} // namespace

TEST_CASE("A workload's own exit code is told from a signal of the same number") {
    for (const int code : {0, 1, 2, 7, 126, 127, 128, 129, 137, 139, 143, 255}) {
        INFO(code);
        const auto log = debug_log(static_cast<unsigned>(code) << 8);
        CHECK(classify_runsc_end({.value = code, .debug_log = log}) == ExitStatus::exited(code));
    }
    for (const int signal : {1, 2, 6, 9, 11, 13, 15, 34, 64}) {
        INFO(signal);
        const auto log = debug_log(static_cast<unsigned>(signal));
        CHECK(
            classify_runsc_end({.value = 128 + signal, .debug_log = log}) ==
            ExitStatus::signaled(signal)
        );
    }
    SECTION("a core dump is a signal as well") {
        const auto log = debug_log(0x80 | 11);
        CHECK(classify_runsc_end({.value = 139, .debug_log = log}) == ExitStatus::signaled(11));
    }
}

TEST_CASE("What runsc reports of a sandbox that was gone before it asked") {
    const auto after_the_fact = [](unsigned status) {
        return "W1122 02:00:51.820108 14295 sandbox.go:957] Wait RPC to container \"c\" failed: "
               "EOF. "
               "Will try waiting on the sandbox process instead.\n" +
               debug_log(status);
    };
    SECTION("the sandbox passes a code on") {
        CHECK(
            classify_runsc_end({.value = 7, .debug_log = after_the_fact(7 << 8)}) ==
            ExitStatus::exited(7)
        );
        CHECK(
            classify_runsc_end({.value = 128, .debug_log = after_the_fact(128 << 8)}) ==
            ExitStatus::exited(128)
        );
        CHECK(
            classify_runsc_end({.value = 255, .debug_log = after_the_fact(255 << 8)}) ==
            ExitStatus::exited(255)
        );
    }
    SECTION("one that no signal could have caused is the workload's own") {
        for (const int code : {128 + 17, 128 + 28, 193}) {
            const auto log = after_the_fact(static_cast<unsigned>(code) << 8);
            CHECK(
                classify_runsc_end({.value = code, .debug_log = log}) == ExitStatus::exited(code)
            );
        }
    }
    SECTION("and tells a signal as a shell does") {
        CHECK(
            classify_runsc_end({.value = 137, .debug_log = after_the_fact(137 << 8)}) ==
            ExitStatus::signaled(9)
        );
    }
    SECTION("a signal is one that hit the sandbox, not the workload") {
        const auto end = classify_runsc_end({.value = 137, .debug_log = after_the_fact(9)});
        REQUIRE_FALSE(end.has_value());
        CHECK(
            end.error() ==
            CellosError{CellosError::Kind::SandboxFailed, "the sandbox was killed by signal 9"}
        );
    }
}

TEST_CASE("A program that cannot be started is the user's affair, by the name that the user gave") {
    using enum CellosError::Kind;
    const std::string start = "running container: starting container: starting root container: "
                              "starting sandbox: ";
    struct Case {
        std::string message;
        CellosError::Kind kind;
    };
    for (const Case& one : std::vector<Case>{
             {R"(error finding executable \"./tool\" in PATH [/s3cr3t]: no such file or directory)",
              CommandNotFound},
             {"creating process: failed to load /work/tool: no such file or directory",
              CommandNotFound},
             {"creating process: failed to load /work/tool: permission denied",
              CommandNotExecutable},
             {"creating process: failed to load /work/tool: exec format error",
              CommandNotExecutable},
             {"creating process: failed to load /work/tool: not a directory",
              CommandNotExecutable}}) {
        INFO(one.message);
        CHECK(failed(record(start + one.message)) == CellosError{one.kind, "./tool"});
    }
    SECTION("any other reason is a failure of the sandbox") {
        const auto error =
            failed(record(start + "creating process: failed to load /work/tool: I/O error"));
        CHECK(error.kind == SandboxFailed);
        CHECK_THAT(error.message, ContainsSubstring("I/O error"));
    }
}

TEST_CASE("A failure of runsc's is never taken for the workload's 128") {
    const auto error =
        failed(record("running container: creating container: cannot create sandbox: "
                      "waiting for sandbox to start: EOF"));
    CHECK(error.kind == CellosError::Kind::SandboxFailed);
    CHECK_THAT(error.message, ContainsSubstring("waiting for sandbox to start: EOF"));

    SECTION("not even when the debug log says that the workload ended") {
        const std::string log = record("x");
        const std::string ended = debug_log(0);
        CHECK_FALSE(classify_runsc_end({.value = 0, .log = log, .debug_log = ended}).has_value());
    }
    SECTION("the panic log tells why a sandbox did not start") {
        CHECK_THAT(
            failed(
                record("waiting for sandbox to start: EOF"),
                "creating loader: unknown resource \"RLIMIT_FOO\"\nunable to read from the sync\n"
            )
                .message,
            ContainsSubstring("to start: EOF: creating loader: unknown resource \"RLIMIT_FOO\"")
        );
    }
    SECTION("the first error of several counts, written without anything between them") {
        const auto first = failed(record("note", "warning") + record("first") + record("second"));
        CHECK_THAT(first.message, ContainsSubstring("first") && !ContainsSubstring("second"));
    }
    SECTION("a log without an error is no failure") {
        const std::string log = record("note", "warning");
        const std::string ended = debug_log(0);
        CHECK(classify_runsc_end({.log = log, .debug_log = ended}) == ExitStatus::exited(0));
    }
    SECTION("a log that was cut off or is none at all is one") {
        CHECK_THAT(failed(R"({"msg":"half a mess)").message, ContainsSubstring("half a mess"));
        CHECK_THAT(failed(R"({"msg":"half\)").message, ContainsSubstring("half"));
        CHECK_THAT(failed(R"({"msg":"half\u00)").message, ContainsSubstring("half"));
        CHECK_THAT(failed("flag provided but not defined").message, ContainsSubstring("flag"));
    }
}

TEST_CASE("Without a word of runsc's about the workload nothing is known of it") {
    SECTION("a panic of the sentry ends with 2 and no error") {
        const auto end = classify_runsc_end(
            {.value = 2, .panic_log = "panic: runtime error\n\ngoroutine 1 [running]:\n"}
        );
        REQUIRE_FALSE(end.has_value());
        CHECK(end.error().kind == CellosError::Kind::SandboxFailed);
        CHECK_THAT(
            end.error().message,
            ContainsSubstring("panic: runtime error") && !ContainsSubstring("goroutine")
        );
    }
    SECTION("what the sentry says about the workload's attempts is no panic") {
        const std::string warning =
            "I1122 03:18:07.098864   26797 rate_limited.go:36] A process tried to create a raw "
            "socket without CAP_NET_RAW. Should the container config enable CAP_NET_RAW?\n";
        const std::string ended = debug_log(7 << 8);
        CHECK(
            classify_runsc_end({.value = 7, .panic_log = warning, .debug_log = ended}) ==
            ExitStatus::exited(7)
        );
        const std::string panic = warning + "panic: runtime error\n";
        CHECK_FALSE(classify_runsc_end({.value = 7, .panic_log = panic, .debug_log = ended}));
    }
    SECTION("an end without a report") {
        for (const int code : {0, 2, 128}) {
            const auto end = classify_runsc_end({.value = code});
            REQUIRE_FALSE(end.has_value());
            CHECK(end.error().kind == CellosError::Kind::SandboxFailed);
        }
    }
    SECTION("a death of runsc itself") {
        const auto end = classify_runsc_end({.signaled = true, .value = 9});
        REQUIRE_FALSE(end.has_value());
        CHECK_THAT(end.error().message, ContainsSubstring("signal 9"));
    }
}

TEST_CASE("No message repeats what runsc echoes of the environment") {
    const std::vector<std::string> logs{
        // A spec that is no valid JSON, one that runsc does not accept, and a failing look-up.
        record(R"(reading spec: error unmarshaling spec from file \"config.json\": json: cannot )"
               R"(unmarshal number\n {\"process\": {\"env\": [\"TOKEN=s3cr3t\"]}})"),
        record(R"(reading spec: Spec.Process.Arg must be defined: \u0026{Terminal:false )"
               R"(Env:[TOKEN=s3cr3t]})"),
        record(R"(error finding executable \"x\" in PATH [/s3cr3t]: no such file or directory)"),
        "{\"msg\":\"bad {TOKEN=s3cr3t",
        "plain text {TOKEN=s3cr3t}",
        "plain text\nTOKEN=s3cr3t"};
    for (const std::string& log : logs) {
        INFO(log);
        CHECK_THAT(failed(log).message, !ContainsSubstring("s3cr3t"));
    }
    SECTION("of the panic log neither") {
        const auto error = failed(record("EOF"), "bad spec {TOKEN=s3cr3t}\nTOKEN=s3cr3t\n");
        CHECK(error.message == "runsc: EOF: bad spec");
    }
    SECTION("what is left is readable") {
        CHECK(failed(logs[1]).message == "runsc: reading spec: Spec.Process.Arg must be defined");
    }
    SECTION("and short, on one line") {
        const auto error = failed(record(std::string(5000, 'x') + R"(\n\u001b[31m)"));
        CHECK(error.message.size() < 500);
        CHECK(failed(record(R"(a\u001bb\tc)")).message == "runsc: a?b c");
    }
}
