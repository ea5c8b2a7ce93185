// What the tests run as a workload where no program of the system does exactly that: fixed amounts
// of work, of memory, of stack, of output and of processes.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <vector>

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

// So much of its own processor time.
int be_busy(long milliseconds) {
    const auto end = std::clock() + milliseconds * (CLOCKS_PER_SEC / 1000);
    while (std::clock() < end) {
    }
    return 0;
}

// The same as `what`, by a process that has lost its parent.
int orphaned(int (*what)(long), long amount) {
    int ends[2];
    if (::pipe(ends) != 0) return 1;
    if (const pid_t child = ::fork(); child > 0) {
        ::waitpid(child, nullptr, 0);
    } else {
        if (::fork() == 0) what(amount);
        ::_exit(0);
    }
    ::close(ends[1]);
    char none = 0;
    return static_cast<int>(::read(ends[0], &none, 1));
}

// One write(2) of so many bytes.
int write_once(long bytes) {
    const std::vector<char> much(static_cast<std::size_t>(bytes), 'x');
    return ::write(1, much.data(), much.size()) == bytes ? 0 : 1;
}

// Processes that become more until there are as many as may be; the first one ends after a while.
int bomb(long milliseconds) {
    if (::fork() == 0) {
        for (;;) static_cast<void>(::fork());
    }
    ::usleep(static_cast<useconds_t>(milliseconds) * 1000);
    return 5;
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
    if (what == "work-orphaned") return orphaned(work, amount);
    if (what == "busy") return be_busy(amount);
    if (what == "busy-orphaned") return orphaned(be_busy, amount);
    if (what == "spin") return spin(amount);
    if (what == "touch") return touch(amount);
    if (what == "recurse") return recurse(amount);
    if (what == "children") return have_children(amount);
    if (what == "fork-twice") return fork_twice(amount);
    if (what == "write") return write_once(amount);
    if (what == "bomb") return bomb(amount);
    return 2;
}
