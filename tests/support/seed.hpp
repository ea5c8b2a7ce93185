#pragma once

#include "support/catch.hpp"

#include <random>

namespace cellos_tests {

/// That of `--rng-seed`, else another one each time; a test that uses it captures it.
inline unsigned chosen_seed() {
    const unsigned given = Catch::rngSeed();
    return given != 0 ? given : std::random_device{}();
}

} // namespace cellos_tests
