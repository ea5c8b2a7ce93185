// judge TESTS SUBMISSION...: an online judge. A submission is compiled in one cell, its program is
// taken out and given to further cells, one for each test, in sandboxes that wait booted.
#include "cellos_run/termination.hpp"
#include "judge/languages.hpp"
#include "judge/options.hpp"

#include <cellos/cellos.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace judge {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t mebibyte = 1 << 20;

template <class Value>
Value value_of(cellos::Result<Value> result) {
    if (!result) throw std::runtime_error{result.error().what()};
    return *std::move(result);
}

struct Test {
    std::string name, input, expected;
};

std::vector<Test> read_tests(const fs::path& folder) {
    const auto read = [](const fs::path& file) {
        return value_of(cellos::os::read_file(AT_FDCWD, file.c_str()));
    };
    std::vector<Test> tests;
    for (fs::path file : fs::directory_iterator{folder}) {
        if (file.extension() != ".in") continue;
        std::string input = read(file);
        tests.push_back({file.stem(), std::move(input), read(file.replace_extension(".out"))});
    }
    if (tests.empty()) throw std::runtime_error{"no *.in in " + folder.native()};
    std::ranges::sort(tests, {}, [](const Test& test) { // 2 before 10
        return std::pair{test.name.size(), test.name};
    });
    return tests;
}

/// Answers are the same if their words are: blanks and ends of lines don't count.
bool same_words(const std::string& one, const std::string& other) {
    using Words = std::istream_iterator<std::string>;
    std::istringstream left{one};
    std::istringstream right{other};
    return std::equal(Words{left}, Words{}, Words{right}, Words{});
}

cellos::GVisorConfig config_for(const Options& options) {
    return {.runsc = options.runsc};
}

/// A folder for what comes out of cells.
struct Workshop {
    std::string path = (fs::temp_directory_path() / "judge-XXXXXX").native();

    Workshop() {
        if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error{"cannot make " + path};
    }
    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;
    ~Workshop() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
};

class Judge {
public:
    explicit Judge(Options options) : options_{std::move(options)} {}

    /// Returns whether all submissions are AC.
    bool judge_all() {
        bool all = true;
        for (const fs::path& submission : options_.submissions) {
            const std::string verdict = judge(submission, language_of(submission));
            const std::string name = cellos::visible(submission.filename().native());
            std::printf("%s: %s\n", name.c_str(), verdict.c_str());
            std::fflush(stdout);
            all = all && verdict == "AC";
        }
        return all;
    }

private:
    const Language& language_of(const fs::path& submission) const {
        for (const auto& [name, language] : languages)
            if (name == options_.language ||
                (options_.language.empty() && submission.extension() == language.extension))
                return language;
        throw std::runtime_error{submission.native() + ": which --language is it?"};
    }

    cellos::ExecutionCellDocument compiling(const Language& language) const {
        auto document = cellos::command_document("compile", language.compile);
        document.spec.run->timeout_ms = 4000 * options_.compile_seconds;
        document.spec.run->limits = {
            .memory_max_bytes = 1024 * mebibyte,
            .scratch_bytes = 256 * mebibyte, // for /tmp and for /out: one line can become gigabytes
            .max_output_bytes = mebibyte,
            .cpu_time_ms = 1000 * options_.compile_seconds};
        document.spec.export_ = cellos::ExportSpec{{{.name = "program", .path = "/out/program"}}};
        return document;
    }

    cellos::ExecutionCellDocument running(const Language& language) const {
        auto document = cellos::command_document("run", language.run);
        document.spec.run->timeout_ms =
            std::llround(options_.wall_factor * static_cast<double>(options_.time_ms));
        document.spec.run->limits = {
            .memory_max_bytes = options_.memory_mib * mebibyte,
            .max_processes = options_.processes,
            .scratch_bytes = 16 * mebibyte,
            .max_output_bytes = options_.output_kib * 1024,
            .cpu_time_ms = options_.time_ms,
            .stack_bytes = options_.stack_mib * mebibyte};
        return document;
    }

    cellos::CellReport run(
        const cellos::ExecutionCellDocument& document, cellos::InputFile file, std::string input
    ) {
        const auto limit = static_cast<std::size_t>(options_.output_kib) * 1024;
        auto report = value_of(supervisor_.run(
            document,
            {.stop = signals_.token(),
             .stdio = cellos::Capture{.limit_bytes = limit, .stdin_text = std::move(input)},
             .inputs = {std::move(file)}}
        ));
        if (report.exit->kind == cellos::ExitStatus::Kind::Cancelled)
            throw std::runtime_error{"interrupted"};
        return report;
    }

    /// The verdict on all tests is that of the first one that isn't AC.
    std::string judge(const fs::path& submission, const Language& language) {
        fs::path program = submission;
        if (!language.compile.empty()) {
            const auto report =
                run(compiling(language), {"Main" + language.extension, submission}, {});
            if (!report.exit->succeeded()) {
                const int code = shell_exit_code(*report.exit);
                std::printf(
                    "%.800s  the compiler's exit code: %d\n", report.stderr_text.c_str(), code
                );
                return "CE";
            }
            for (const auto& error : report.port_errors) throw std::runtime_error{error.what()};
            program = workshop_.path + "/compile/program";
        }
        std::string verdict = "AC";
        for (const Test& test : tests_) {
            const auto report = run(running(language), {"program", program, 0555}, test.input);
            verdict = judge(test, report);
            if (verdict != "AC") break;
        }
        return verdict;
    }

    std::string judge(const Test& test, const cellos::CellReport& report) const {
        const auto usage = report.usage.value();
        // The count to judge by: it holds under load, has no ticks of 10 ms as the guest's own
        // have, has children in it that nobody waited for, and the limit goes by it.
        const std::chrono::duration<double, std::milli> cpu = usage.sandbox_cpu_time.value();
        const std::chrono::duration<double, std::milli> wall = usage.wall;
        const double memory = static_cast<double>(usage.peak_memory_bytes.value_or(0)) / mebibyte;
        std::string verdict = verdict_of(test, report, cpu.count());
        std::printf("  %-6s %-3s ", cellos::visible(test.name).c_str(), verdict.c_str());
        std::printf("%9.1f ms cpu %9.1f ms wall %8.1f MiB\n", cpu.count(), wall.count(), memory);
        return verdict;
    }

    std::string verdict_of(const Test& test, const cellos::CellReport& report, double cpu_ms)
        const {
        switch (report.exit->kind) {
            using enum cellos::ExitStatus::Kind;
        case TimedOut:
        case CpuTimeExceeded: return "TLE";
        case OutOfMemory: return "MLE";
        case OutputLimitExceeded: return "OLE";
        default: break;
        }
        // The limit ends a program a little late; what ended by itself meanwhile was too slow, too.
        if (cpu_ms > static_cast<double>(options_.time_ms)) return "TLE";
        if (!report.exit->succeeded()) return "RE";
        return same_words(report.stdout_text, test.expected) ? "AC" : "WA";
    }

    // Sandboxes of both kinds wait: a cell to compile in has an export, and more scratch space.
    cellos::PoolOptions pool() const {
        const Language& language = language_of(options_.submissions.front());
        cellos::PoolOptions pool{.size = 2, .like = {running(language)}};
        if (!language.compile.empty()) pool.like.push_back(compiling(language));
        return pool;
    }

    using Backend = cellos::Prewarmed<cellos::GVisorCellBackend>;

    Options options_;
    std::vector<Test> tests_ = read_tests(options_.tests);
    Workshop workshop_;
    cellos_run::TerminationSignals signals_;
    cellos::Supervisor<Backend, cellos::LocalExportSink> supervisor_{
        Backend{cellos::GVisorCellBackend{config_for(options_)}, pool()},
        cellos::LocalExportSink{workshop_.path}};
};

} // namespace

} // namespace judge

int main(int argc, char** argv) {
    CLI::App app{
        "Compiles submissions in sandboxes and runs them on all tests. Prints for each test\n"
        "and in total AC (accepted), WA (wrong answer), TLE (too slow), MLE (too much memory),\n"
        "OLE (too much output), RE (it failed) or CE (it doesn't compile). The exit code is 0\n"
        "if all are AC, 1 if not, 2 if they couldn't be judged.",
        "judge"};
    try {
        return judge::Judge{judge::parse(app, argc, argv)}.judge_all() ? 0 : 1;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const std::exception& error) {
        return std::fprintf(stderr, "judge: %s\n", error.what()), 2;
    }
}
