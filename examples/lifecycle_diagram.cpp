// Prints the lifecycle of a cell, as the supervisor keeps it, as a diagram:
//
//     lifecycle-diagram --graphviz | dot -Tsvg > lifecycle.svg
//     lifecycle-diagram --mermaid

#include <cellos/lifecycle/diagram.hpp>

#include <iostream>
#include <string_view>

int main(int argc, char** argv) {
    const std::string_view form = argc == 2 ? argv[1] : "";
    if (form == "--graphviz") {
        std::cout << cellos::lifecycle_graphviz();
    } else if (form == "--mermaid") {
        std::cout << cellos::lifecycle_mermaid();
    } else {
        std::cerr << "usage: lifecycle-diagram --graphviz | --mermaid\n";
        return 2;
    }
}
