#pragma once

#include <map>
#include <string>
#include <vector>

namespace judge {

/// How submissions of a language become programs. Without `compile` the source is the program.
struct Language {
    std::string extension;
    std::vector<std::string> compile; ///< makes /out/program of /inputs/Main<extension>
    std::vector<std::string> run;     ///< runs /inputs/program
};

// The class of a Java submission is Main. One file leaves the cell: an archive of all classes.
inline constexpr auto javac =
    "javac -d /tmp/c /inputs/Main.java && jar cf /out/program -C /tmp/c .";
inline const std::map<std::string, Language> languages{
    {"cpp",
     {".cpp",
      {"g++", "-std=c++20", "-O2", "-pthread", "-o", "/out/program", "/inputs/Main.cpp"},
      {"/inputs/program"}}},
    {"python", {".py", {}, {"python3", "/inputs/program"}}},
    {"java", {".java", {"sh", "-c", javac}, {"java", "-cp", "/inputs/program", "Main"}}},
};

} // namespace judge
