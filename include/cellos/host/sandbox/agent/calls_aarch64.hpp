/// @file
/// System calls of Linux on aarch64, and how the agent begins. See calls.hpp.
#pragma once

#ifdef __aarch64__

#include <cellos/core/config.hpp>

#include <asm/unistd.h>

// The kernel leaves the arguments on the stack, which is always aligned.
asm(".globl _start\n"
    "_start:\n"
    "    mov x29, xzr\n"
    "    mov x30, xzr\n"
    "    mov x0, sp\n"
    "    b cellos_agent\n");

namespace cellos::inline CELLOS_ABI::sandbox::agent {

inline long raw_call(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 asm("x8") = number;
    register long x0 asm("x0") = a;
    register long x1 asm("x1") = b;
    register long x2 asm("x2") = c;
    register long x3 asm("x3") = d;
    register long x4 asm("x4") = e;
    register long x5 asm("x5") = f;
    asm volatile("svc #0"
                 : "+r"(x0)
                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                 : "memory");
    return x0;
}

/// clone(2), with `run` as what the child does on the stack that ends at `stack`.
inline long raw_clone(long flags, void* stack, void (*run)()) {
    register long x8 asm("x8") = __NR_clone;
    register long x0 asm("x0") = flags;
    register void* x1 asm("x1") = stack;
    register long x2 asm("x2") = 0;
    register long x3 asm("x3") = 0;
    register long x4 asm("x4") = 0;
    asm volatile("svc #0\n"
                 "cbnz x0, 1f\n"
                 "mov x29, xzr\n"
                 "mov x30, xzr\n"
                 "blr %[run]\n"
                 "brk #1\n"
                 "1:"
                 : "+r"(x0)
                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), [run] "r"(run)
                 : "memory");
    return x0;
}

} // namespace cellos::inline CELLOS_ABI::sandbox::agent

#endif
