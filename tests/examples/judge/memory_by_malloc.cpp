// MLE: takes and touches all that it can get
#include <cstdlib>
#include <cstring>

int main() {
    constexpr std::size_t size = 1 << 20;
    while (void* block = std::malloc(size)) std::memset(block, 1, size);
}
