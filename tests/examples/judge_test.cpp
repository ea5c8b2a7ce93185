// The example judge, as problem setters run it: over submissions of the kinds that real judges
// meet. The first line of each says which verdict is right, and why.
#include "examples/program.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

using namespace cellos_test;
using Catch::Matchers::ContainsSubstring;

namespace fs = std::filesystem;

namespace {

ProgramEnd judge(std::vector<std::string> arguments) {
    if (const char* runsc = std::getenv("CELLOS_TEST_RUNSC"))
        arguments.insert(arguments.begin(), {"--runsc", runsc});
    return Program{
        .arguments = std::move(arguments),
        .program = CELLOS_JUDGE_PROGRAM,
        .patience = std::chrono::minutes{4}}
        .run();
}

/// The problem: to print what was read. First a line, then 3 MB.
struct Problem {
    TemporaryDirectory folder;

    Problem() {
        std::string lines;
        for (int number = 0; lines.size() < 3'000'000; ++number)
            lines += "line " + std::to_string(number) + '\n';
        for (const auto& [name, text] : {std::pair{"1", std::string{"hello 1\n"}}, {"2", lines}}) {
            folder.write(std::string{name} + ".in", text);
            folder.write(std::string{name} + ".out", text);
        }
    }
};

/// Submissions with one of these extensions, and what the judge shall say of each.
struct Submissions {
    std::vector<std::string> files;
    std::vector<std::string> verdicts; ///< "wrong.cpp: WA", by the first line: "// WA: why"

    explicit Submissions(const std::vector<std::string>& extensions) {
        for (const fs::directory_entry& entry : fs::directory_iterator{CELLOS_SUBMISSIONS}) {
            const fs::path& file = entry.path();
            if (std::ranges::find(extensions, file.extension().native()) == extensions.end())
                continue;
            files.push_back(file);
        }
        std::ranges::sort(files);
        for (const std::string& name : files) {
            const fs::path file{name};
            std::ifstream source{file};
            std::string comment;
            std::string verdict;
            source >> comment >> verdict;
            verdict.pop_back();
            verdicts.push_back(file.filename().native() + ": " + verdict);
        }
    }

    [[nodiscard]] std::vector<std::string> not_said(const std::string& output) const {
        std::vector<std::string> missing;
        for (const std::string& verdict : verdicts)
            if (output.find('\n' + verdict + '\n') == std::string::npos) missing.push_back(verdict);
        return missing;
    }
};

} // namespace

TEST_CASE("judge gives the right verdict on each kind of submission") {
    const Problem problem;
    const Submissions submissions{{".cpp", ".py"}};
    REQUIRE(submissions.files.size() >= 25);
    // Far more than the good ones need, so that the verdicts hold on a busy machine.
    std::vector<std::string> arguments{
        "--time", "4000", "--wall", "2", "--memory", "384", "--stack", "256", "--output", "8192"};
    arguments.push_back(problem.folder.path());
    arguments.insert(arguments.end(), submissions.files.begin(), submissions.files.end());

    const ProgramEnd end = judge(std::move(arguments));
    CAPTURE(end.output);
    CHECK(end.errors.empty());
    CHECK(end.code == 1); // not all are AC
    CHECK(submissions.not_said(end.output) == std::vector<std::string>{});
}

TEST_CASE("judge runs Java where the host has it") {
    if (!fs::exists("/usr/bin/javac")) {
        WARN("SKIPPED: no javac here (default-jdk)");
        return;
    }
    const Problem problem;
    const Submissions submissions{{".java"}};
    REQUIRE(submissions.files.size() == 3);
    std::vector<std::string> arguments{"--time", "20000", "--memory", "1024", "--stack", "8"};
    arguments.push_back(problem.folder.path());
    arguments.insert(arguments.end(), submissions.files.begin(), submissions.files.end());

    const ProgramEnd end = judge(std::move(arguments));
    CAPTURE(end.output);
    CHECK(end.errors.empty());
    CHECK(submissions.not_said(end.output) == std::vector<std::string>{});
}

TEST_CASE("judge tells of each test what it took, and says what is wrong with its arguments") {
    const Problem problem;
    const std::string tests = problem.folder.path();
    const std::string correct = std::string{CELLOS_SUBMISSIONS} + "/correct.py";

    const ProgramEnd good = judge({"--time", "20000", tests, correct});
    CHECK(good.errors.empty());
    CHECK(good.code == 0);
    CHECK_THAT(good.output, ContainsSubstring("  1      AC "));
    CHECK_THAT(good.output, ContainsSubstring(" ms cpu "));
    CHECK_THAT(good.output, ContainsSubstring(" ms wall "));
    CHECK_THAT(good.output, ContainsSubstring(" MiB\n  2      AC "));

    const auto complaint = [](std::vector<std::string> arguments) {
        const ProgramEnd end = judge(std::move(arguments));
        CHECK(end.code == 2);
        CHECK(end.output.empty());
        return end.errors;
    };
    const TemporaryDirectory empty;
    CHECK_THAT(complaint({}), ContainsSubstring("TESTS is required"));
    CHECK_THAT(complaint({empty.path(), correct}), ContainsSubstring("judge: no *.in in "));
    CHECK_THAT(complaint({tests, "no-such.cpp"}), ContainsSubstring("does not exist: no-such.cpp"));
    CHECK_THAT(complaint({tests, tests + "/1.in"}), ContainsSubstring("which --language is it?"));
    CHECK_THAT(complaint({"--stack", "0", tests, correct}), ContainsSubstring("--stack"));
    empty.write("1.in", "");
    CHECK_THAT(complaint({empty.path(), correct}), ContainsSubstring("1.out"));
    CHECK_THAT(judge({"--help"}).output, ContainsSubstring("--compile-time"));
}
