// Events need ids that nobody can guess. Where the system gives no randomness for them, their loss
// is reported and nothing else changes.

#include "supervisor/pipeline.hpp"
#include "support/catch.hpp"

#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>

#include <functional>
#include <optional>
#include <thread>

#ifdef __linux__

#include <cerrno>
#include <cstddef>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace cellos;
using namespace cellos_test;
using Catch::Matchers::ContainsSubstring;

namespace {

// Whether getrandom(2) now fails in this thread, and in no other.
bool take_randomness_from_this_thread() {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{.len = sizeof code / sizeof *code, .filter = code};
    char byte = 0;
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
           ::getrandom(&byte, 1, 0) == -1; // a C library may do without the call
}

} // namespace

TEST_CASE("Without randomness for its ids each event is reported as lost, and the cell lives") {
    MemoryEventSink sink;
    Pipeline pipeline;
    std::optional<Result<CellReport>> result;
    std::thread{[&] {
        if (take_randomness_from_this_thread())
            result = pipeline.run(secret_document(), {}, std::ref(sink));
    }}.join();
    if (!result) {
        WARN("getrandom(2) cannot be made to fail here");
        return;
    }

    REQUIRE(*result);
    const CellReport& report = **result;
    CHECK(report.outcome == Outcome::Succeeded);
    CHECK(report.teardown.destroyed);
    CHECK(sink.events().empty());
    // Two secrets given and taken back, started, spawned, completed, summary, destroyed.
    REQUIRE(report.port_errors.size() == 9);
    for (const CellosError& error : report.port_errors)
        CHECK(error.kind == CellosError::Kind::EventSink);
    CHECK_THAT(
        report.port_errors[2].message,
        ContainsSubstring("phase started: the event dev.cellos.events.cell.lifecycle.v1.started "
                          "is lost, since it has no id: host error: ")
    );
}

#endif
