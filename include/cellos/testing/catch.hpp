/// @file
/// The macros of Catch2, 3 where the system has it, else 2. The laws use those that both have.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif
