/// @file
/// System calls without a C library, for the agent alone. Each returns the result, or -errno. One
/// file for each architecture has the instructions.
#pragma once

#include <cellos/host/sandbox/agent/calls_aarch64.hpp>
#include <cellos/host/sandbox/agent/calls_x86_64.hpp>

#include <cstddef>

#if !defined(__x86_64__) && !defined(__aarch64__)
#error "the agent knows the system calls of x86-64 and aarch64 only"
#endif

namespace cellos::inline CELLOS_ABI::sandbox::agent {

template <class T>
long word(T value) {
    return static_cast<long>(value);
}

template <class T>
long word(T* pointer) {
    return reinterpret_cast<long>(pointer);
}

inline long word(std::nullptr_t) {
    return 0;
}

template <
    class A = long,
    class B = long,
    class C = long,
    class D = long,
    class E = long,
    class F = long>
long call(long number, A a = 0, B b = 0, C c = 0, D d = 0, E e = 0, F f = 0) {
    return raw_call(number, word(a), word(b), word(c), word(d), word(e), word(f));
}

[[noreturn]] inline void end(int code) {
    for (;;) call(__NR_exit_group, code);
}

inline void close(int& file) {
    if (file >= 0) call(__NR_close, file);
    file = -1;
}

} // namespace cellos::inline CELLOS_ABI::sandbox::agent
