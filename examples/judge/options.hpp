#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace judge {

/// The command line of judge.
struct Options {
    std::filesystem::path tests;
    std::vector<std::filesystem::path> submissions;
    std::string language, runsc;
    std::int64_t time_ms = 1000, memory_mib = 256, stack_mib = 64, output_kib = 16384;
    std::int64_t processes = 64, compile_seconds = 20;
    double wall_factor = 3;
};

/// Throws CLI::ParseError, also for --help.
inline Options parse(CLI::App& app, int argc, char** argv) {
    Options options;
    app.add_option("TESTS", options.tests, "a folder of N.in (input) and N.out (answer)")
        ->required()
        ->check(CLI::ExistingDirectory);
    app.add_option("SUBMISSION", options.submissions, "source files")
        ->required()
        ->check(CLI::ExistingFile);
    app.add_option("--language", options.language, "default: by the name of the file")
        ->check(CLI::IsMember({"cpp", "python", "java"}));
    const auto number = [&](const char* name, auto& value, const char* text, auto most) {
        const CLI::Range range{decltype(most){1}, most};
        app.add_option(name, value, text)->capture_default_str()->check(range);
    };
    number("--time", options.time_ms, "processor time for a test, in ms", 3600'000);
    number("--wall", options.wall_factor, "wall time, as a multiple of --time", 1000.0);
    number("--memory", options.memory_mib, "memory, in MiB (4 or more)", 1 << 20);
    number("--stack", options.stack_mib, "stack, in MiB, a part of the memory", 1024);
    number("--output", options.output_kib, "what may be written, in KiB", 1 << 20);
    number("--processes", options.processes, "processes and threads at a time", 1 << 15);
    number("--compile-time", options.compile_seconds, "processor time to compile, in s", 3600);
    app.add_option("--runsc", options.runsc, "gVisor's runsc; default: the one on PATH");
    app.parse(argc, argv);
    return options;
}

} // namespace judge
