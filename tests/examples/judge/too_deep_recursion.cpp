// RE: more than any stack
#include <cstdio>

__attribute__((noinline)) int depth(int left) {
    volatile char frame[1024];
    frame[left % 1024] = 1;
    return left == 0 ? 0 : depth(left - 1) + frame[left % 1024];
}

int main() {
    std::printf("%d\n", depth(10'000'000));
}
