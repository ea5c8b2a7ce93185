// RE: a signal, after the right answer
#include <cstdio>
#include <cstdlib>

int main() {
    for (int c; (c = std::getchar()) != EOF;) std::putchar(c);
    std::fflush(stdout);
    std::abort();
}
