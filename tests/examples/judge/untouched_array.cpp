// AC: memory that was never touched doesn't count
#include <cstdio>

static volatile char array[1 << 30];

int main() {
    array[12345] = 1;
    if (array[12345] != 1) return 1;
    for (int c; (c = std::getchar()) != EOF;) std::putchar(c);
}
