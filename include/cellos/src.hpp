/// @file
/// All bodies, for the one source of a program that is compiled with CELLOS_SEPARATE_COMPILATION, and
/// for the library cellos::compiled. See <cellos/core/config.hpp>.
#pragma once

#include <cellos/core/validate.ipp>
#include <cellos/core/violations.ipp>
