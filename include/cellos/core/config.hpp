#pragma once

/// @file
/// Where the bodies of functions are compiled. `X.hpp` declares, `X.ipp` beside it defines what is
/// no template by nature, and there are three ways to get it into a program:
///
///   - header-only, the default: `X.hpp` includes `X.ipp`, and everything is `inline`;
///   - compiled: link the CMake target `cellos::compiled`, which defines CELLOS_COMPILED and brings
///     the bodies as a library, static or shared;
///   - separate: define CELLOS_SEPARATE_COMPILATION for the whole program, and include
///     <cellos/src.hpp> (and <cellos/openssl/src.hpp>, where that is used) in exactly one source.
///
/// All sources of a program must choose the same way. The innermost inline namespace differs, so
/// that those which don't are refused by the linker.

// One sentence in place of pages of errors: every compiler stops at a header that is missing.
#if __cplusplus < 202002L && !(defined(_MSVC_LANG) && _MSVC_LANG >= 202002L)
#error "cellos needs C++20: compile with -std=c++20 or later (g++ 12, clang++ 16 or later)"
#include "needs C++20"
#elif defined(__clang__) && !defined(__apple_build_version__) && __clang_major__ < 16
#error "cellos needs clang++ 16 or later (or g++ 12 or later): this one has too little of C++20"
#include "needs a newer compiler"
#elif __STDC_HOSTED__ && !defined(__cpp_exceptions) // the launcher is freestanding, and has none
#error "cellos needs exceptions: compile without -fno-exceptions"
#include "needs exceptions"
#endif

#if defined(CELLOS_COMPILED) && defined(CELLOS_SEPARATE_COMPILATION)
#error "cellos: either link cellos::compiled or define CELLOS_SEPARATE_COMPILATION, not both"
#endif

/// The namespace that everything lives in: `namespace cellos::inline CELLOS_ABI`.
#if defined(CELLOS_COMPILED)
#define CELLOS_ABI v0::inline compiled
#elif defined(CELLOS_SEPARATE_COMPILATION)
#define CELLOS_ABI v0::inline separate
#else
#define CELLOS_ABI v0
#define CELLOS_HEADER_ONLY
#endif

/// Stands before each function that an `X.hpp` declares and its `X.ipp` defines, at both places.
/// (What only bodies call, helpers and private members, is plain `inline` in the `X.ipp`: a library
/// does not export it.)
#if defined(CELLOS_HEADER_ONLY)
#define CELLOS_DECL inline
#elif defined(CELLOS_EXPORTED) && defined(__GNUC__) // while the shared library is compiled
#define CELLOS_DECL __attribute__((visibility("default")))
#else
#define CELLOS_DECL
#endif
