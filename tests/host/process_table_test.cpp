// Whose processes are found by a command line: this user's, and no others'.
#include "support/catch.hpp"
#include "support/forked_program.hpp"
#include "support/other_user.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/os/process_table.hpp>
#include <cellos/os/state_directory.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;

namespace {

// Nobody else has such an argument.
std::string unique_argument() {
    return "--root=/dev/shm/" + os::random_id().value() + "/runsc";
}

// `cat`, which reads what never comes, with these further arguments, by somebody that `first` makes
// of it.
class Waiting {
public:
    explicit Waiting(
        std::vector<std::string> arguments,
        const std::function<bool()>& first = [] { return true; },
        const char* cat = "/bin/cat"
    )
        : program_{[&] {
              if (!first()) return 1;
              arguments.insert(arguments.begin(), {"cat", "--", "-"});
              std::vector<char*> argv;
              for (auto& each : arguments) argv.push_back(each.data());
              argv.push_back(nullptr);
              ::dup2(stdin_.read_end.get(), 0);
              ::execv(cat, argv.data());
              return 1;
          }} {
        loaded_.write_end.reset();
        char end = 0;
        static_cast<void>(!::read(loaded_.read_end.get(), &end, 1)); // closed by the exec
    }

    [[nodiscard]] bool lives() const { return !os::is_ready(program_.pidfd(), POLLIN); }

private:
    os::Pipe stdin_ = os::make_pipe().value();
    os::Pipe loaded_ = os::make_pipe().value();
    ForkedProgram program_;
};

std::size_t found(const std::string& argument) {
    return os::find_processes(0, argument).size();
}

// In a user namespace that root makes, and of another user there as well as for root. Only somebody
// outside may map others.
bool become_mapped(uid_t user) {
    auto entered = os::make_pipe().value();
    const std::string maps = "/proc/" + std::to_string(::getpid());
    const std::string line = std::to_string(user) + ' ' + std::to_string(user) + " 1";
    ForkedProgram mapping{[&] {
        entered.write_end.reset();
        char end = 0;
        static_cast<void>(!::read(entered.read_end.get(), &end, 1));
        return os::write_setting(AT_FDCWD, (maps + "/uid_map").c_str(), line) &&
                       os::write_setting(AT_FDCWD, (maps + "/gid_map").c_str(), line)
                   ? 0
                   : 1;
    }};
    if (::unshare(CLONE_NEWUSER) == -1) return false;
    entered.write_end.reset();
    return mapping.wait() == 0 && ::setresgid(user, user, user) == 0 &&
           ::setresuid(user, user, user) == 0;
}

} // namespace

TEST_CASE("A process counts by one of its arguments, not by a part of one") {
    const std::string argument = unique_argument();
    const Waiting whole{{argument, "more"}};
    CHECK(found(argument) == 1);
    const Waiting longer{{argument + "/more"}};
    const Waiting within{{"x" + argument}};
    const Waiting in_a_text{{"sleep 30; : " + argument}};
    CHECK(found(argument) == 1);
    CHECK(found(argument.substr(0, argument.size() - 1)) == 0);
    CHECK(found("") == 0);

    CHECK(os::end_processes(0, argument, os::Clock::now() + 1min));
    CHECK_FALSE(whole.lives());
    CHECK(longer.lives());
    CHECK(within.lives());
    CHECK(in_a_text.lives());
}

TEST_CASE("A process of another user never counts, whatever its arguments are") {
    if (::geteuid() != 0) CELLOS_SKIP("only root can become somebody else");
    const std::string argument = unique_argument();
    const Waiting strangers{{argument}, [] { return become_user(stranger); }};
    const Waiting in_own_namespace{
        {argument}, [] { return become_user(stranger) && ::unshare(CLONE_NEWUSER) == 0; }};
    CHECK(strangers.lives());
    CHECK(found(argument) == 0);
    CHECK(os::end_processes(0, argument, os::Clock::time_point::min()));
    CHECK(strangers.lives());

    SECTION("not if it is root by a set-user-ID program") {
        const cellos_test::TemporaryDirectory directory;
        std::filesystem::permissions(directory.path(), std::filesystem::perms{0755});
        const auto cat = directory.path() / "cat";
        std::filesystem::copy_file("/bin/cat", cat);
        REQUIRE(::chmod(cat.c_str(), 04755) == 0);
        const Waiting privileged{{argument}, [] { return become_user(stranger); }, cat.c_str()};
        CHECK(found(argument) == 0);
    }
}

TEST_CASE("A process that this user has put into a user namespace counts, whoever it is in there") {
    if (::geteuid() != 0) CELLOS_SKIP("only root can map others");
    const std::string argument = unique_argument();
    const Waiting mapped{{argument}, [] { return become_mapped(stranger); }};
    const Waiting nested{
        {argument}, [] { return become_mapped(stranger) && ::unshare(CLONE_NEWUSER) == 0; }};
    if (!mapped.lives()) CELLOS_SKIP("no user namespaces here");
    CHECK(nested.lives());
    CHECK(found(argument) == 2);
    CHECK(os::end_processes(0, argument, os::Clock::now() + 1min));
    CHECK_FALSE(mapped.lives());
    CHECK_FALSE(nested.lives());
}
