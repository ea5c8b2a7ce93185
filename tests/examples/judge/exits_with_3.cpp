// RE: the right answer, and an exit code that says that it isn't
#include <cstdio>

int main() {
    for (int c; (c = std::getchar()) != EOF;) std::putchar(c);
    return 3;
}
