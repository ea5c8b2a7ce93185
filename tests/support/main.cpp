// The main function of every test program.
#define CATCH_CONFIG_RUNNER
#include "support/catch.hpp"

int main(int argc, char** argv) {
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
