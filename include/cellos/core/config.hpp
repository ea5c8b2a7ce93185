#pragma once

/// @file
/// How function bodies get into a program. `X.hpp` declares; `X.ipp` beside it defines the
/// functions that need not be templates. There are three ways:
///
///   - header-only, the default: `X.hpp` includes `X.ipp`, and everything is `inline`;
///   - compiled: link the CMake target `cellos::compiled`, which defines CELLOS_COMPILED and brings
///     the bodies as a library, static or shared;
///   - separate: define CELLOS_SEPARATE_COMPILATION for the whole program, and include
///     <cellos/src.hpp> (and <cellos/openssl/src.hpp>, where that is used) in exactly one source.
///
/// All sources of a program must choose the same way. Each way has another innermost inline
/// namespace, so sources that disagree do not link.

// One sentence instead of pages of errors: every compiler stops at a missing header.
#if __cplusplus < 202002L && !(defined(_MSVC_LANG) && _MSVC_LANG >= 202002L)
#error "cellos needs C++20: compile with -std=c++20 or later (g++ 12, clang++ 16 or later)"
#include "needs C++20"
#elif defined(__clang__) && !defined(__apple_build_version__) && __clang_major__ < 16
#error "cellos needs clang++ 16 or later (or g++ 12 or later): this one has too little of C++20"
#include "needs a newer compiler"
#elif __STDC_HOSTED__ && !defined(__cpp_exceptions) // the agent is freestanding, and has none
#error "cellos needs exceptions: compile without -fno-exceptions"
#include "needs exceptions"
#endif

#if defined(CELLOS_COMPILED) && defined(CELLOS_SEPARATE_COMPILATION)
#error "cellos: either link cellos::compiled or define CELLOS_SEPARATE_COMPILATION, not both"
#endif

/// The namespace of the whole library: `namespace cellos::inline CELLOS_ABI`.
#if defined(CELLOS_COMPILED)
#define CELLOS_ABI v0::inline compiled
#elif defined(CELLOS_SEPARATE_COMPILATION)
#define CELLOS_ABI v0::inline separate
#else
#define CELLOS_ABI v0
#define CELLOS_HEADER_ONLY
#endif

/// Goes before each function that an `X.hpp` declares and its `X.ipp` defines, in both places.
/// (Helpers and private members that only bodies call are plain `inline` in the `X.ipp`, and not
/// exported from a library.)
#if defined(CELLOS_HEADER_ONLY)
#define CELLOS_DECL inline
#elif defined(CELLOS_EXPORTED) && defined(__GNUC__) // while the shared library is compiled
#define CELLOS_DECL __attribute__((visibility("default")))
#else
#define CELLOS_DECL
#endif

/// Stands before the name of each class that an `X.hpp` defines with virtual functions, so that
/// `dynamic_cast` knows it on both sides of a shared library.
#if defined(CELLOS_EXPORTED) && defined(__GNUC__)
#define CELLOS_POLYMORPHIC __attribute__((visibility("default")))
#else
#define CELLOS_POLYMORPHIC
#endif
