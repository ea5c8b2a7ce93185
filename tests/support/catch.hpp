// Catch2 3 where the system has it, else 2.13. Tests are written with the names of version 3:
//
//     Catch::Approx, Catch::Matchers::ContainsSubstring, StartsWith, EndsWith, Matches, Equals
//
// and with CELLOS_SKIP("reason"), which ends a test case that cannot run on this machine: CTest
// then counts it as skipped, and tests/run prints the reason.
#pragma once

#include <iostream>

#if __has_include(<catch2/catch_all.hpp>)

#include <catch2/catch_all.hpp>

#else

#include <catch2/catch.hpp>

#include <string>

namespace Catch {

using Detail::Approx;

namespace Matchers {

inline auto ContainsSubstring(
    const std::string& text, CaseSensitive::Choice sensitivity = CaseSensitive::Yes
) {
    return Contains(text, sensitivity);
}

} // namespace Matchers
} // namespace Catch

#endif

// A macro because it returns from the test case. A lambda would not.
#define CELLOS_SKIP(reason)                                                                        \
    do {                                                                                           \
        std::cout << "SKIPPED: " << Catch::getResultCapture().getCurrentTestName() << ": "         \
                  << (reason) << std::endl;                                                        \
        SUCCEED(reason);                                                                           \
        return;                                                                                    \
    } while (false)
