// AC: orphans, more than there may be processes at a time, that someone else must reap
#include <cstdio>

#include <sys/wait.h>
#include <unistd.h>

int main() {
    for (int i = 0; i < 100; ++i) {
        const pid_t child = fork();
        if (child == -1) return 1;
        if (child == 0) _exit(fork() == -1 ? 2 : 0);
        int status = 0;
        if (waitpid(child, &status, 0) != child || status != 0) return 3;
    }
    for (int c; (c = std::getchar()) != EOF;) std::putchar(c);
}
