#pragma once

#include <initializer_list>
#include <iostream>
#include <string>
#include <string_view>

namespace cellos_tests {

/// Prints one row of a Markdown table; tests/run shows the lines that begin like this.
inline void print_row(std::initializer_list<std::string_view> cells) {
    std::string line = "TABLE: |";
    for (const std::string_view cell : cells) line.append(" ").append(cell).append(" |");
    std::cout << line << std::endl;
}

inline void print_header(std::initializer_list<std::string_view> cells) {
    print_row(cells);
    std::string line = "TABLE: |";
    for ([[maybe_unused]] const std::string_view cell : cells) line.append("---|");
    std::cout << line << std::endl;
}

} // namespace cellos_tests
