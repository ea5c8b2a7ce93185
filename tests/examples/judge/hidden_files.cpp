// AC: finds neither the answers nor any other file that isn't meant for it
#include <filesystem>
#include <fstream>
#include <iostream>

namespace fs = std::filesystem;

int main() {
    for (const char* file : {"/etc/shadow", "/root/.bashrc", "/proc/1/mem", "/inputs/1.out"})
        if (std::ifstream{file}.get() != EOF) return 1;
    for (const char* folder : {"/inputs", "/", "/tmp", "/home", "/root", "/out", "/run"}) {
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator{folder, ignored}) {
            if (folder == fs::path{"/inputs"} && entry.path().filename() != "program") return 2;
            if (entry.path().extension() == ".out") return 3;
        }
    }
    std::cout << std::cin.rdbuf();
}
