// Children: what they inherit, as they see it themselves.
#include "support/catch.hpp"
#include "support/forked_program.hpp"
#include "support/soft_limit.hpp"

#include <cellos/os/spawn.hpp>
#include <cellos/os/stdio.hpp>

#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/membarrier.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace cellos;

namespace {

// What a shell script prints that is started like this.
std::string output_of(os::SpawnRequest request, std::string script) {
    auto pipe = os::make_pipe().value();
    request.program = "/bin/sh";
    request.argv = {"sh", "-c", std::move(script)};
    request.environment = {"PATH=/usr/bin:/bin"};
    request.stdio[1] = pipe.write_end.get();
    auto child = os::spawn(request).value().release().value();
    pipe.write_end.reset();
    std::string text = os::read_all(pipe.read_end.get()).value();
    CHECK(child.reap().value().value == 0);
    return text;
}

// What the child of the test case below does and says.
constexpr const char* membarrier_child = "What membarrier answers";
constexpr int childs_output = 3;

// The rest of a line of /proc/self/status, or what a system call returned.
std::string status_line(const std::string& name) {
    const auto status = os::read_file(AT_FDCWD, "/proc/self/status").value();
    const auto found = status.find("\n" + name + ":\t");
    if (found == std::string::npos) return "none";
    const auto start = found + name.size() + 3;
    return status.substr(start, status.find('\n', start) - start);
}

bool may_set_filters() {
    return (std::stoull(status_line("CapEff"), nullptr, 16) >> CAP_SYS_ADMIN & 1) != 0;
}

std::string membarrier(int command) {
    const long answer = ::syscall(SYS_membarrier, command, 0, 0);
    if (answer == -1) return errno == EPERM ? "EPERM" : "error";
    return std::to_string(command == MEMBARRIER_CMD_QUERY ? answer & 24 : answer);
}

std::string what_membarrier_answers(os::SpawnRequest request) {
    auto pipe = os::make_pipe().value();
    request.program = "/proc/self/exe";
    request.argv = {"cellos_host_tests", membarrier_child};
    request.extra = {pipe.write_end.get()};
    auto child = os::spawn(request).value().release().value();
    pipe.write_end.reset();
    std::string text = os::read_all(pipe.read_end.get()).value();
    CHECK(child.reap().value().value == 0);
    return text;
}

// Of the script's own children. They are forked, and a fork cuts the table to what is open.
constexpr const char* table_size = "sed -n 's/^FDSize:[[:space:]]*//p' /proc/self/status; true";
constexpr const char* descriptors = "ls -vx /proc/self/fd; true";

} // namespace

TEST_CASE("A child inherits its standard streams and what it was given, and nothing else") {
    const auto open_in_the_parent = os::open_at(AT_FDCWD, "/dev/null", O_RDWR).value();
    const auto given = os::open_at(AT_FDCWD, "/dev/zero", O_RDONLY).value();
    // The last one is of `ls` itself.
    CHECK(output_of({}, descriptors) == "0  1  2  3\n");
    CHECK(output_of({.extra = {given.get()}}, descriptors) == "0  1  2  3  4\n");
    CHECK(output_of({.extra = {given.get()}}, "readlink /proc/self/fd/3") == "/dev/zero\n");
}

TEST_CASE("Room for descriptors is there in the child and in its children") {
    const auto given = os::open_at(AT_FDCWD, "/dev/zero", O_RDONLY).value();
    const auto roomy = [&] {
        return os::SpawnRequest{.extra = {given.get()}, .room_for_descriptors = 1024};
    };
    CHECK(std::stoi(output_of({}, table_size)) < 1024);
    CHECK(output_of(roomy(), table_size) == "1024\n");
    CHECK(output_of(roomy(), descriptors) == "0  1  2  3  4  1023\n");
    CHECK(
        output_of(roomy(), "readlink /proc/self/fd/1023 /proc/self/fd/3") ==
        "/dev/null\n/dev/zero\n"
    );

    const cellos_tests::SoftLimit few{RLIMIT_NOFILE, 100};
    CHECK(output_of(roomy(), descriptors) == "0  1  2  3  4\n");
}

// Not to be run by itself: without a descriptor 3 it says nothing.
TEST_CASE(membarrier_child, "[.]") {
    if (::fcntl(childs_output, F_GETFD) == -1) CELLOS_SKIP("started by no other test");
    const std::string before = membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    const std::string registered = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
    const std::string after = membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    const std::string text = "filters " + status_line("Seccomp_filters") + ", knows " +
                             membarrier(MEMBARRIER_CMD_QUERY) + ", before " + before +
                             ", registered " + registered + ", after " + after + ", no_new_privs " +
                             status_line("NoNewPrivs");
    CHECK(os::write_all(childs_output, text).has_value());
}

TEST_CASE("A child can be spared the registration for memory barriers, and that alone") {
    const std::string filters = status_line("Seccomp_filters");
    if (membarrier(MEMBARRIER_CMD_QUERY) != "24" || filters == "none")
        CELLOS_SKIP("this kernel has no expedited memory barriers, or doesn't count its filters");
    const std::string one_more = std::to_string(std::stoi(filters) + 1);
    CHECK(
        what_membarrier_answers({}) ==
        "filters " + filters + ", knows 24, before EPERM, registered 0, after 0, no_new_privs 0"
    );
    // Who has not registered may not use them: that is the kernel's own answer.
    const auto skipped = what_membarrier_answers({.skips_membarrier_registration = true});
    if (may_set_filters()) {
        CHECK(
            skipped == "filters " + one_more +
                           ", knows 24, before EPERM, registered 0, after EPERM, no_new_privs 0"
        );
    }
    CHECK(
        what_membarrier_answers({.no_new_privileges = true, .skips_membarrier_registration = true}
        ) == "filters " + one_more +
                 ", knows 24, before EPERM, registered 0, after EPERM, no_new_privs 1"
    );
}

TEST_CASE("A child that may not be spared the registration for memory barriers starts all the same"
) {
    const std::string filters = status_line("Seccomp_filters");
    if (!may_set_filters() || membarrier(MEMBARRIER_CMD_QUERY) != "24" || filters == "none")
        CELLOS_SKIP("this test takes CAP_SYS_ADMIN, and a kernel with memory barriers");
    cellos_tests::ForkedProgram unprivileged{[&] {
        // Not in the bounding set either: root gets back what is in it when it executes.
        if (::prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0) == -1) return 1;
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        __user_cap_data_struct none[2]{};
        if (::syscall(SYS_capset, &header, none) == -1) return 2;
        const auto answers = what_membarrier_answers({.skips_membarrier_registration = true});
        return answers == "filters " + filters +
                              ", knows 24, before EPERM, registered 0, after 0, no_new_privs 0"
                   ? 0
                   : 3;
    }};
    CHECK(unprivileged.wait() == 0);
}
