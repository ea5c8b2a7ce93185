// AC: what it leaves behind holds its streams, and is ended with it
#include <cstdio>

#include <unistd.h>

int main() {
    for (int c; (c = std::getchar()) != EOF;) std::putchar(c);
    std::fflush(stdout);
    if (fork() == 0)
        for (;;) pause();
    _exit(0);
}
