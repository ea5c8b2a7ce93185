/// @file
/// System calls of Linux on x86-64, and how the agent begins. See calls.hpp.
#pragma once

#ifdef __x86_64__

#include <cellos/core/config.hpp>

#include <asm/unistd.h>

// The kernel leaves the arguments on the stack, which is aligned as a function must find it.
asm(".globl _start\n"
    "_start:\n"
    "    xor %ebp, %ebp\n"
    "    mov %rsp, %rdi\n"
    "    and $-16, %rsp\n"
    "    call cellos_agent\n");

namespace cellos::inline CELLOS_ABI::sandbox::agent {

inline long raw_call(long number, long a, long b, long c, long d, long e, long f) {
    long result = number;
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    register long r9 asm("r9") = f;
    asm volatile("syscall"
                 : "+a"(result)
                 : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return result;
}

/// clone(2), with `run` as what the child does on the stack that ends at `stack`.
inline long raw_clone(long flags, void* stack, void (*run)()) {
    long result = __NR_clone;
    register long r10 asm("r10") = 0;
    register long r8 asm("r8") = 0;
    asm volatile("syscall\n"
                 "test %%rax, %%rax\n"
                 "jnz 1f\n"
                 "xor %%ebp, %%ebp\n"
                 "call *%[run]\n"
                 "ud2\n"
                 "1:"
                 : "+a"(result)
                 : "D"(flags), "S"(stack), "d"(0L), "r"(r10), "r"(r8), [run] "r"(run)
                 : "rcx", "r11", "memory");
    return result;
}

} // namespace cellos::inline CELLOS_ABI::sandbox::agent

#endif
