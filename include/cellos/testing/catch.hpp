/// @file
/// The macros of Catch2: version 3 if installed, otherwise 2. The laws use only macros of both.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif
