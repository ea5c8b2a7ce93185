// The ends that a workload can come to, and what a shell would say of them.
#include "support/catch.hpp"

#include <cellos/core/exit_status.hpp>

#include <string_view>

using namespace cellos;

TEST_CASE("Each end has the exit code that shells and timeout(1) give it") {
    using enum ExitStatus::Kind;
    CHECK(shell_exit_code(ExitStatus::exited(7)) == 7);
    CHECK(shell_exit_code(ExitStatus::signaled(9)) == 137);
    CHECK(shell_exit_code(ExitStatus::forced(TimedOut)) == 124);
    CHECK(shell_exit_code(ExitStatus::forced(Cancelled)) == 130);
    CHECK(shell_exit_code(ExitStatus::forced(OutOfMemory)) == 137);
    CHECK(shell_exit_code(ExitStatus::forced(CpuTimeExceeded)) == 152);
    CHECK(shell_exit_code(ExitStatus::forced(OutputLimitExceeded)) == 153);
}

TEST_CASE("A forced end carries neither code nor signal, and is no success") {
    for (const auto& [kind, name] : enum_names<ExitStatus::Kind>) {
        if (kind == ExitStatus::Kind::Exited || kind == ExitStatus::Kind::Signaled) continue;
        const auto status = ExitStatus::forced(kind);
        CAPTURE(name);
        CHECK_FALSE(status.code);
        CHECK_FALSE(status.signal);
        CHECK_FALSE(status.succeeded());
    }
    CHECK(to_string(ExitStatus::Kind::CpuTimeExceeded) == "cpuTimeExceeded");
    CHECK(to_string(ExitStatus::Kind::OutputLimitExceeded) == "outputLimitExceeded");
}
