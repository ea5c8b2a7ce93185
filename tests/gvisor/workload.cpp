// What cells run in the tests of what a run takes and may take: fixed amounts of work, of memory,
// of stack and of processes.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// So many thousand steps, each of which needs the one before.
int work(long thousands) {
    std::uint64_t state = 1;
    for (long i = 0; i < thousands * 1000; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        asm volatile("" : "+r"(state));
    }
    return state == 0 ? 1 : 0;
}

// The same, by a process that has lost its parent.
int work_orphaned(long thousands) {
    int ends[2];
    if (::pipe(ends) != 0) return 1;
    if (const pid_t child = ::fork(); child > 0) {
        ::waitpid(child, nullptr, 0);
    } else {
        if (::fork() == 0) work(thousands);
        ::_exit(0);
    }
    ::close(ends[1]);
    char none = 0;
    return static_cast<int>(::read(ends[0], &none, 1));
}

// So many processes that never end.
int spin(long processes) {
    for (long i = 1; i < processes; ++i) {
        if (::fork() == 0) break;
    }
    for (;;) work(1);
}

int touch(long mebibytes) {
    const std::size_t size = static_cast<std::size_t>(mebibytes) << 20;
    if (size == 0) return 0;
    void* const memory =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return 1;
    auto* const bytes = static_cast<volatile char*>(memory);
    for (std::size_t i = 0; i < size; i += 4096) bytes[i] = 'x';
    return 0;
}

// Calls itself until so much of the stack is used.
[[gnu::noinline]] std::size_t descend(std::size_t kibibytes) {
    volatile char frame[1024];
    frame[0] = static_cast<char>(kibibytes);
    const std::size_t below = kibibytes == 0 ? 0 : descend(kibibytes - 1);
    return below + (frame[0] == static_cast<char>(kibibytes) ? 1 : 0);
}

int recurse(long mebibytes) {
    const std::size_t kibibytes = static_cast<std::size_t>(mebibytes) << 10;
    return descend(kibibytes) == kibibytes + 1 ? 0 : 1;
}

// As many children as there may be, at most so many; prints how many there were.
int have_children(long most) {
    long children = 0;
    for (; children < most; ++children) {
        const pid_t child = ::fork();
        if (child < 0) break;
        if (child == 0) {
            ::pause();
            ::_exit(0);
        }
    }
    std::printf("%ld\n", children);
    return 0;
}

// Children whose parents are gone when they end.
int fork_twice(long times) {
    for (; times > 0; --times) {
        const pid_t child = ::fork();
        if (child < 0) return 1;
        if (child == 0) ::_exit(::fork() < 0 ? 1 : 0);
        int status = 0;
        if (::waitpid(child, &status, 0) != child || status != 0) return 1;
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::string_view what = argv[1];
    const long amount = std::atol(argv[2]);
    if (what == "work") return work(amount);
    if (what == "work-orphaned") return work_orphaned(amount);
    if (what == "spin") return spin(amount);
    if (what == "touch") return touch(amount);
    if (what == "recurse") return recurse(amount);
    if (what == "children") return have_children(amount);
    if (what == "fork-twice") return fork_twice(amount);
    return 2;
}
