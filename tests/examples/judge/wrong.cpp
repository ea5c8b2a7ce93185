// WA: forgets every seventh character
#include <cstdio>

int main() {
    int count = 0;
    for (int c; (c = std::getchar()) != EOF;)
        if (++count % 7 != 0) std::putchar(c);
}
