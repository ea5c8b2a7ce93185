// AC: eight threads at a time
#include <atomic>
#include <iostream>
#include <thread>
#include <vector>

int main() {
    std::atomic<int> count = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] {
                for (int j = 0; j < 1000; ++j) ++count;
            });
    }
    if (count == 8000) std::cout << std::cin.rdbuf();
}
