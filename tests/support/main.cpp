// The main function of every test program.
#define CATCH_CONFIG_RUNNER
#include "support/catch.hpp"

#ifdef __linux__
#include <sched.h>
#include <sys/mount.h>
#endif

namespace {

// So that mounts that others make meanwhile are not seen, and are not taken for what a cell has
// left. Whoever is not root has to be alone for that.
void see_own_mounts_only() {
#ifdef __linux__
    if (::unshare(CLONE_NEWNS) == 0)
        static_cast<void>(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
#endif
}

} // namespace

int main(int argc, char** argv) {
    see_own_mounts_only();
    Catch::Session session;

    // A test case that asserts nothing fails, and so does a name that matches no test case: by
    // default version 2 succeeds with both.
    using Catch::WarnAbout;
#if CATCH_VERSION_MAJOR >= 3
    constexpr auto no_match = WarnAbout::UnmatchedTestSpec;
#else
    constexpr auto no_match = WarnAbout::NoTests;
#endif
    session.configData().warnings =
        static_cast<WarnAbout::What>(WarnAbout::NoAssertions | no_match);

    return session.run(argc, argv);
}
