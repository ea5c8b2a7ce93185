// AC: all of the output by one call
#include <iostream>
#include <iterator>
#include <string>

#include <unistd.h>

int main() {
    const std::string all{std::istreambuf_iterator<char>{std::cin}, {}};
    return write(STDOUT_FILENO, all.data(), all.size()) == static_cast<ssize_t>(all.size()) ? 0 : 1;
}
