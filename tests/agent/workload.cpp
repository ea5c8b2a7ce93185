// What the tests of the agent start as a command where no program of the system does exactly that.
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

// One write(2) of so many bytes.
int write_once(long bytes) {
    const std::vector<char> much(static_cast<std::size_t>(bytes), 'x');
    return ::write(1, much.data(), much.size()) == bytes ? 0 : 1;
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

int spin(long milliseconds) {
    const auto end = std::clock() + milliseconds * (CLOCKS_PER_SEC / 1000);
    while (std::clock() < end) {
    }
    return 0;
}

// The same, by a process that has lost its parent.
int spin_orphaned(long milliseconds) {
    int ends[2];
    if (::pipe(ends) != 0) return 1;
    if (const pid_t child = ::fork(); child > 0) {
        ::waitpid(child, nullptr, 0);
    } else {
        if (::fork() == 0) spin(milliseconds);
        ::_exit(0);
    }
    ::close(ends[1]);
    char none = 0;
    return static_cast<int>(::read(ends[0], &none, 1));
}

// Processes that become more until there are as many as may be; the first one ends after a while.
int bomb(long milliseconds) {
    if (::fork() == 0) {
        for (;;) static_cast<void>(::fork());
    }
    ::usleep(static_cast<useconds_t>(milliseconds) * 1000);
    return 5;
}

int touch(long mebibytes) {
    const std::vector<char> memory(static_cast<std::size_t>(mebibytes) << 20, 'x');
    return memory[memory.size() / 2] == 'x' ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::string_view what = argv[1];
    const long amount = std::atol(argv[2]);
    if (what == "write") return write_once(amount);
    if (what == "forks") return fork_twice(amount);
    if (what == "spin") return spin(amount);
    if (what == "spin-orphaned") return spin_orphaned(amount);
    if (what == "bomb") return bomb(amount);
    if (what == "touch") return touch(amount);
    return 2;
}
