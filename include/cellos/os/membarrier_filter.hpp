#pragma once

#include <cellos/core/config.hpp>

#include <cstddef>
#include <cstdint>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

/// @file
/// A filter of system calls (seccomp) that spares a program the registration for expedited memory
/// barriers, in which the kernel waits for a grace period of RCU, 10 ms and more. A part of
/// spawn.ipp, with no interface of its own.

namespace cellos::inline CELLOS_ABI::os::detail {

// What a filter takes a system call's number to be of; 0 where this has not been tried.
#if defined(__x86_64__)
inline constexpr std::uint32_t audit_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
inline constexpr std::uint32_t audit_architecture = AUDIT_ARCH_AARCH64;
#else
inline constexpr std::uint32_t audit_architecture = 0;
#endif

// The jumps count the lines that they skip. Both architectures are little-endian: the command, an
// int, is the first half of its argument.
inline constexpr sock_filter membarrier_filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, audit_architecture, 0, 5),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 3),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO), // of 0: success
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

// For the calling thread and what it executes. Takes CAP_SYS_ADMIN or no_new_privs, and does
// nothing without. Async-signal-safe.
inline void skip_membarrier_registration() noexcept {
    if (audit_architecture == 0) return;
    const sock_fprog program{
        .len = sizeof membarrier_filter / sizeof *membarrier_filter,
        .filter = const_cast<sock_filter*>(membarrier_filter),
    };
    // Without the flag kernels before 5.16 turn on mitigations that slow the program down.
    ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
}

} // namespace cellos::inline CELLOS_ABI::os::detail
