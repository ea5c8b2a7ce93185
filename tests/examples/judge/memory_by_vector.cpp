// MLE: a table that is too large for the limit
#include <cstdio>
#include <vector>

int main() {
    const std::vector<long> table(std::size_t{1} << 27, 1);
    std::printf("%ld\n", table.back());
}
