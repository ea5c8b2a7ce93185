/// @file
/// The first process of a sandbox that was booted ahead of its cell: it waits for a message that
/// says what to run (<cellos/host/gvisor/launcher/wire.hpp>) and becomes that program.
///
///     cellos-launcher UID GID [PROGRAM [ARGUMENT…]]
///
/// UID and GID are the workload's; PROGRAM is run with them once, before the launcher waits. The
/// launcher starts as user 0 of the sandbox, with the capabilities to change its user and to set
/// the host name, and gives all of them up before it executes anything from the cell.
///
/// Its start-up delays every warm cell, so it is as small as possible: no C library, no dynamic
/// linker, no allocation. Linux on x86-64 only.
#include <cellos/host/gvisor/launcher/wire.hpp>

#include <asm/unistd.h>

#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/wait.h>

#ifndef __x86_64__
#error "the launcher knows the system calls of x86-64 only"
#endif

// Functions that the compiler may call for copies and initialisations.
extern "C" {
void* memcpy(void* to, const void* from, std::size_t count) {
    auto* target = static_cast<char*>(to);
    const auto* source = static_cast<const char*>(from);
    for (std::size_t i = 0; i < count; ++i) target[i] = source[i];
    return to;
}

void* memset(void* to, int value, std::size_t count) {
    auto* target = static_cast<char*>(to);
    for (std::size_t i = 0; i < count; ++i) target[i] = static_cast<char>(value);
    return to;
}
}

namespace {

using namespace cellos::gvisor::launcher;

// --- System calls: the result, or -errno -------------------------------------------------------

template <class T>
long word(T value) {
    return static_cast<long>(value);
}

template <class T>
long word(T* pointer) {
    return reinterpret_cast<long>(pointer);
}

long word(std::nullptr_t) {
    return 0;
}

long raw_call(long number, long a, long b, long c, long d, long e) {
    long result = number;
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    asm volatile("syscall"
                 : "+a"(result)
                 : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                 : "rcx", "r11", "memory");
    return result;
}

template <class A = long, class B = long, class C = long, class D = long, class E = long>
long call(long number, A a = 0, B b = 0, C c = 0, D d = 0, E e = 0) {
    return raw_call(number, word(a), word(b), word(c), word(d), word(e));
}

[[noreturn]] void end(int code) {
    for (;;) call(__NR_exit_group, code);
}

// --- What is handed over; in memory that costs nothing before it is used -----------------------

Handover handover;
char text[max_limits * sizeof(Limit) + max_text_bytes]; // with the limits in front
char* strings[max_strings + 2]; // the arguments, a null, the variables, a null
char buffer[std::size_t{64} << 10];

// A page fault costs a sandbox a tenth of a millisecond: those of a usual hand-over are taken
// before it comes.
void touch_first_pages() {
    void* const pages[]{&handover, text, strings};
    for (void* const page : pages) *static_cast<volatile char*>(page) = 0;
}

[[noreturn]] void fail(Step step, long result) {
    Failure failure;
    memcpy(failure.nonce, handover.nonce, sizeof failure.nonce);
    failure.step = step;
    failure.error = static_cast<std::int32_t>(-result);
    call(__NR_write, 2, &failure, sizeof failure);
    end(failed);
}

void require(Step step, long result) {
    if (result < 0) fail(step, result);
}

// Reads exactly `count` bytes. False: the input has ended before.
bool read_all(void* to, std::size_t count) {
    auto* target = static_cast<char*>(to);
    while (count > 0) {
        const long got = call(__NR_read, 0, target, count);
        if (got == -EINTR) continue;
        if (got <= 0) return false;
        target += got;
        count -= static_cast<std::size_t>(got);
    }
    return true;
}

void must_read(void* to, std::size_t count) {
    if (!read_all(to, count)) fail(Step::Read, -EPIPE);
}

// --- Files -------------------------------------------------------------------------------------

void write_all(Step step, long file, const char* bytes, std::size_t count) {
    while (count > 0) {
        const long written = call(__NR_write, file, bytes, count);
        if (written == -EINTR) continue;
        require(step, written);
        bytes += written;
        count -= static_cast<std::size_t>(written);
    }
}

void take_files(Step step, const char* directory, std::uint32_t count, unsigned mode) {
    if (count == 0) return;
    const long parent = call(__NR_open, directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    require(step, parent);
    for (; count > 0; --count) {
        File file;
        char name[max_name_bytes];
        must_read(&file, sizeof file);
        if (file.name_bytes == 0 || file.name_bytes > sizeof name) fail(step, -ENAMETOOLONG);
        must_read(name, file.name_bytes);
        name[file.name_bytes - 1] = '\0';
        const long made =
            call(__NR_openat, parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        require(step, made);
        for (std::uint64_t left = file.bytes; left > 0;) {
            const std::size_t part = left < sizeof buffer ? left : sizeof buffer;
            must_read(buffer, part);
            write_all(step, made, buffer, part);
            left -= part;
        }
        require(step, call(__NR_fchmod, made, mode));
        call(__NR_close, made);
    }
    call(__NR_close, parent);
}

// --- Privileges --------------------------------------------------------------------------------

struct Identity {
    long uid;
    long gid;
};

// What it has no need of while it waits: its groups, and what lost capabilities could be regained
// from (warm_bundle.hpp gave them).
long give_up_the_rest(Identity to) {
    constexpr int given[]{CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID, CAP_SETPCAP};
    for (const int capability : given) {
        const long dropped = call(__NR_prctl, PR_CAPBSET_DROP, capability);
        if (dropped < 0) return dropped;
    }
    const long done = call(__NR_setgroups, 0, nullptr);
    return done < 0 ? done : call(__NR_setresgid, to.gid, to.gid, to.gid);
}

// A process that stops being user 0 loses all capabilities.
long give_up_root(Identity to) {
    return call(__NR_setresuid, to.uid, to.uid, to.uid);
}

// --- Programs ----------------------------------------------------------------------------------

std::size_t length(const char* string) {
    std::size_t count = 0;
    while (string[count] != '\0') ++count;
    return count;
}

bool has_slash(const char* string) {
    for (; *string != '\0'; ++string)
        if (*string == '/') return true;
    return false;
}

const char* value_of_path(char* const* variables) {
    for (; *variables != nullptr; ++variables) {
        const char* at = *variables;
        if (at[0] == 'P' && at[1] == 'A' && at[2] == 'T' && at[3] == 'H' && at[4] == '=')
            return at + 5;
    }
    return "";
}

// As runsc looks for a program: a file that cannot be executed is none, and of the PATH only
// absolute directories count, since what others mean depends on where the workload stands. Returns
// why it could not be executed.
[[nodiscard]] Failure execute(char* const* arguments, char* const* variables) {
    const char* const program = arguments[0];
    const auto failure = [](Step step, long result) {
        Failure told;
        told.step = step;
        told.error = static_cast<std::int32_t>(-result);
        return told;
    };
    if (has_slash(program))
        return failure(Step::Execute, call(__NR_execve, program, arguments, variables));
    static char path[4096];
    const std::size_t program_size = length(program);
    for (const char* at = value_of_path(variables); *at != '\0';) {
        std::size_t size = 0;
        while (at[size] != '\0' && at[size] != ':') ++size;
        if (*at == '/' && program_size > 0 && size + 1 + program_size < sizeof path) {
            memcpy(path, at, size);
            path[size] = '/';
            memcpy(path + size + 1, program, program_size + 1);
            const long result = call(__NR_execve, path, arguments, variables);
            if (result != -ENOENT && result != -ENOTDIR && result != -EACCES)
                return failure(Step::Execute, result);
        }
        at += size;
        if (*at == ':') ++at;
    }
    return failure(Step::Search, -ENOENT);
}

// --- The three parts of its life ---------------------------------------------------------------

// In a process of its own, as the cell's user: `work`, which returns its exit code.
template <class Work>
long start(Identity identity, Work work) {
    const long child = call(__NR_fork);
    if (child == 0) end(give_up_root(identity) < 0 ? failed : work());
    return child;
}

long wait_for(long child, int* status, int options = 0) {
    for (;;) {
        const long reaped = call(__NR_wait4, child, status, __WALL | options, nullptr);
        if (reaped != -EINTR) return reaped;
    }
}

// Runs the command to its end, and ends what it has left. Its wait status, or -1.
int prepare(Identity identity, char* const* arguments, char* const* variables) {
    int status = -1;
    const long command = start(identity, [=] {
        const long null = call(__NR_open, "/dev/null", O_RDWR);
        for (int stream = 0; stream < 3; ++stream) call(__NR_dup2, null, stream);
        if (null > 2) call(__NR_close, null);
        static_cast<void>(execute(arguments, variables));
        return failed;
    });
    if (command < 0 || wait_for(command, &status) < 0) return -1;
    // Whatever has lost its parent is a child of process 1. Mostly there is nothing, and a fork
    // would be half of what all this costs.
    if (wait_for(-1, nullptr, WNOHANG) == -ECHILD) return status;
    // The launcher may not signal another user.
    const long last = start(identity, [] {
        constexpr int sigkill = 9;
        call(__NR_kill, -1, sigkill);
        return 0;
    });
    if (last < 0) return -1;
    while (wait_for(-1, nullptr) > 0) {
    }
    return status;
}

void take_text() {
    if (handover.limits > max_limits || handover.text_bytes > max_text_bytes ||
        handover.arguments + handover.variables > max_strings || handover.arguments == 0)
        fail(Step::Read, -E2BIG);
    must_read(text, handover.limits * sizeof(Limit) + handover.text_bytes);
}

[[noreturn]] void become_workload(Identity identity) {
    take_text();
    const char* const limits = text;
    char* at = text + handover.limits * sizeof(Limit);
    char* const all = at + handover.text_bytes;
    const auto next = [&] {
        if (at >= all) fail(Step::Read, -EINVAL);
        char* const string = at;
        at += length(string) + 1;
        return string;
    };
    const char* const hostname = next();
    const char* const directory = next();
    for (std::uint32_t i = 0; i < handover.arguments; ++i) strings[i] = next();
    char** const variables = strings + handover.arguments + 1;
    for (std::uint32_t i = 0; i < handover.variables; ++i) variables[i] = next();

    take_files(Step::Inputs, inputs_directory, handover.inputs, 0444);
    require(Step::Hostname, call(__NR_sethostname, hostname, length(hostname)));
    require(Step::Drop, give_up_root(identity));
    take_files(Step::Secrets, secrets_directory, handover.secrets, 0400);
    if (handover.secrets > 0) require(Step::Secrets, call(__NR_chmod, secrets_directory, 0500));
    for (std::uint32_t i = 0; i < handover.limits; ++i) {
        Limit limit;
        memcpy(&limit, limits + i * sizeof limit, sizeof limit);
        const std::uint64_t both[2]{limit.value, limit.value};
        require(Step::Limits, call(__NR_prlimit64, 0, limit.resource, both, nullptr));
    }
    if (length(directory) > 1) require(Step::Directory, call(__NR_chdir, directory));
    const Failure failure = execute(strings, variables);
    fail(failure.step, -failure.error);
}

Identity identity_of(char* const* arguments) {
    const auto number = [](const char* digits) {
        long value = 0;
        for (; *digits >= '0' && *digits <= '9'; ++digits) value = value * 10 + (*digits - '0');
        return value;
    };
    return {number(arguments[0]), number(arguments[1])};
}

} // namespace

extern "C" [[noreturn]] void launch(char** stack) {
    // As the kernel leaves it: the count, the arguments, a null, the variables, a null.
    const long count = *reinterpret_cast<long*>(stack);
    char** const arguments = stack + 1;
    char** const variables = arguments + count + 1;
    // In a sandbox of its own it is process 1; elsewhere there is nothing for it to do, and what it
    // ends after the preparation would be everything.
    if (count < 3 || call(__NR_getpid) != 1) end(2);
    const Identity identity = identity_of(arguments + 1);
    const long given_up = give_up_the_rest(identity);
    Ready ready;
    if (count > 3 && given_up >= 0)
        ready.prepare_status = prepare(identity, arguments + 3, variables);
    touch_first_pages();
    call(__NR_write, 1, &ready, sizeof ready);
    // The pool has gone, and nobody is to be told.
    if (!read_all(&handover, sizeof handover)) end(0);
    require(Step::Drop, given_up);
    become_workload(identity);
}

asm(".globl _start\n"
    "_start:\n"
    "    xor %ebp, %ebp\n"
    "    mov %rsp, %rdi\n"
    "    and $-16, %rsp\n"
    "    call launch\n");
