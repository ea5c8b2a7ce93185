#include "support/catch.hpp"

#include <cellos/host/gvisor/runsc/outcome.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace {

using Catch::Matchers::ContainsSubstring;
using cellos::CellosError;
using cellos::gvisor::cause_of_death;

std::string record(std::string_view message, std::string_view level = "error") {
    return R"({"msg":")" + std::string{message} + R"(","level":")" + std::string{level} +
           R"(","time":"2026-11-22T01:56:20.545456578Z"})";
}

// A runsc that failed says so in its log and ends with 128.
std::string failed(std::string_view log, std::string_view panic_log = {}) {
    const CellosError error = cause_of_death({.value = 128, .log = log, .panic_log = panic_log});
    CHECK(error.kind == CellosError::Kind::SandboxFailed);
    return error.message;
}

} // namespace

TEST_CASE("A sandbox that ends with an error of runsc's died of that") {
    CHECK(
        failed(record("running container: creating container: cannot create sandbox: "
                      "waiting for sandbox to start: EOF")) ==
        "runsc: running container: creating container: cannot create sandbox: waiting for sandbox "
        "to start: EOF"
    );
    SECTION("the panic log tells why a sandbox did not start") {
        CHECK(
            failed(
                record("waiting for sandbox to start: EOF"),
                "creating loader: unknown resource \"RLIMIT_FOO\"\nunable to read from the sync\n"
            ) == "runsc: waiting for sandbox to start: EOF: creating loader: unknown resource "
                 "\"RLIMIT_FOO\""
        );
    }
    SECTION("the first error of several counts, written without anything between them") {
        CHECK(
            failed(record("note", "warning") + record("first") + record("second")) == "runsc: first"
        );
        CHECK(failed(record("last words", "fatal")) == "runsc: last words");
    }
    SECTION("a log that was cut off or is none at all is an error as a whole") {
        CHECK(failed(R"({"msg":"half a mess)") == "runsc: half a mess");
        CHECK_THAT(failed(R"({"msg":"half\)"), ContainsSubstring("half"));
        CHECK_THAT(failed(R"({"msg":"half\u00)"), ContainsSubstring("half"));
        CHECK(failed("flag provided but not defined") == "runsc: flag provided but not defined");
    }
    SECTION("a log without an error is none") {
        CHECK(
            failed(record("note", "warning")) ==
            "the sandbox ended (runsc with code 128) and did not say how the workload ended"
        );
    }
}

TEST_CASE("A sandbox whose sentry panicked died of that") {
    const auto panicked = [](std::string_view panic_log) {
        return cause_of_death({.value = 2, .panic_log = panic_log});
    };
    const CellosError error = panicked("panic: runtime error\n\ngoroutine 1 [running]:\n");
    CHECK(error.kind == CellosError::Kind::SandboxFailed);
    CHECK(error.message == "the sentry panicked: panic: runtime error");
    CHECK(
        panicked("SIGSEGV: segmentation violation").message == "the sentry panicked: SIGSEGV: "
                                                               "segmentation violation"
    );
    SECTION("what the sentry says about the workload's attempts is no panic") {
        const std::string warning =
            "I1122 03:18:07.098864   26797 rate_limited.go:36] A process tried to create a raw "
            "socket without CAP_NET_RAW. Should the container config enable CAP_NET_RAW?\n";
        CHECK(
            panicked(warning).message ==
            "the sandbox ended (runsc with code 2) and did not say how the workload ended"
        );
        CHECK(
            panicked(warning + "fatal error: out of memory\n").message ==
            "the sentry panicked: fatal error: out of memory"
        );
    }
}

TEST_CASE("A sandbox that ends without a word of runsc's has failed whatever the code") {
    for (const int code : {0, 2, 128}) {
        CHECK(
            cause_of_death({.value = code}) ==
            CellosError{
                CellosError::Kind::SandboxFailed,
                "the sandbox ended (runsc with code " + std::to_string(code) +
                    ") and did not say how the workload ended"}
        );
    }
    CHECK(
        cause_of_death({.signaled = true, .value = 9}) ==
        CellosError{CellosError::Kind::SandboxFailed, "runsc was killed by signal 9"}
    );
}

TEST_CASE("No message repeats what runsc echoes of a spec") {
    const std::vector<std::string> logs{
        // A spec that is no valid JSON, and one that runsc does not accept.
        record(R"(reading spec: error unmarshaling spec from file \"config.json\": json: cannot )"
               R"(unmarshal number\n {\"process\": {\"env\": [\"TOKEN=s3cr3t\"]}})"),
        record(R"(reading spec: Spec.Process.Arg must be defined: \u0026{Terminal:false )"
               R"(Env:[TOKEN=s3cr3t]})"),
        "{\"msg\":\"bad {TOKEN=s3cr3t",
        "plain text {TOKEN=s3cr3t}",
        "plain text\nTOKEN=s3cr3t"};
    for (const std::string& log : logs) {
        INFO(log);
        CHECK_THAT(failed(log), !ContainsSubstring("s3cr3t"));
    }
    SECTION("of the panic log neither") {
        CHECK(
            failed(record("EOF"), "bad spec {TOKEN=s3cr3t}\nTOKEN=s3cr3t\n") ==
            "runsc: EOF: bad spec"
        );
    }
    SECTION("what is left is readable") {
        CHECK(failed(logs[1]) == "runsc: reading spec: Spec.Process.Arg must be defined");
    }
    SECTION("and short, on one line") {
        CHECK(failed(record(std::string(5000, 'x') + R"(\n\u001b[31m)")).size() < 500);
        CHECK(failed(record(R"(a\u001bb\tc)")) == "runsc: a?b c");
    }
}
