// WA: knows the first answer, and doesn't read the second input
#include <cstdio>

int main() {
    std::puts("hello 1");
}
