// Files and trees of the host in /inputs of real cells, cold ones and warm ones.
#include "support/catch.hpp"
#include "support/cold_or_warm.hpp"
#include "support/residue.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/host/gvisor.hpp>
#include <cellos/supervisor.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include <sys/stat.h>

using namespace cellos;
using namespace cellos_tests;
namespace fs = std::filesystem;
using cellos_test::TemporaryDirectory;

namespace {

void write(const fs::path& path, std::string_view text, fs::perms mode = fs::perms{0644}) {
    fs::create_directories(path.parent_path());
    std::ofstream{path, std::ios::binary} << text;
    fs::permissions(path, mode);
}

} // namespace

TEST_CASE("A project of the host is in /inputs with its directories, its programs and its names") {
    const bool warm = GENERATE(false, true);
    CAPTURE(cold_or_warm(warm));
    const TemporaryDirectory project;
    write(
        project.path() / "src/main.c",
        "#include \"lib/half.h\"\nint main(void) { return half(14); }\n"
    );
    write(project.path() / "src/lib/half.h", "static int half(int x) { return x / 2; }\n");
    write(project.path() / "tools/greet", "#!/bin/sh\necho hello from $0\n", fs::perms{0700});
    write(project.path() / "line\nbreak", "odd");
    fs::create_directories(project.path() / "empty/too");
    const auto report = ColdOrWarm{warm}(
        shell_document(
            "cd /inputs/project && tools/greet && cat line*break && test -d empty/too && "
            "cat ../data/1.txt && gcc -o /tmp/half src/main.c && /tmp/half; echo $?"
        ),
        {.inputs = {InputTree{project.path(), "project"}, {"data/1.txt", "text\n"}}}
    );
    CHECK(report.stdout_text == "hello from tools/greet\noddtext\n7\n");
    CHECK(report.stderr_text.empty());
}

TEST_CASE("Nobody in a cell can change its inputs, nor the directories that they lie in") {
    const bool warm = GENERATE(false, true);
    CAPTURE(cold_or_warm(warm));
    const TemporaryDirectory project;
    write(project.path() / "a/file", "text");
    write(project.path() / "a/program", "#!/bin/sh\n", fs::perms{04777});
    const auto report = ColdOrWarm{warm}(
        shell_document("cd /inputs && find . -printf '%p %m %y\\n' | sort; "
                       "echo x >> a/file || chmod 777 a || rm -f a/file || mv a b || mkdir a/c || "
                       "touch new || echo kept"),
        {.inputs = {InputTree{project.path()}, {"b/c/d", "", 0}}}
    );
    CHECK(
        report.stdout_text == ". 755 d\n./a 555 d\n./a/file 444 f\n./a/program 555 f\n"
                              "./b 555 d\n./b/c 555 d\n./b/c/d 0 f\nkept\n"
    );
}

TEST_CASE("A tree of some thousand files arrives whole") {
    const bool warm = GENERATE(false, true);
    CAPTURE(cold_or_warm(warm));
    const TemporaryDirectory tree;
    std::uint64_t sum = 0;
    for (int i = 0; i < 3000; ++i) {
        write(
            tree.path() / std::to_string(i % 7) / std::to_string(i % 50) / std::to_string(i),
            std::to_string(i) + '\n'
        );
        sum += static_cast<std::uint64_t>(i);
    }
    const auto report = ColdOrWarm{warm}(
        shell_document("cd /inputs/t && find . -type f | wc -l && find . -type f -exec cat {} + | "
                       "awk '{ sum += $1 } END { print sum }'"),
        {.inputs = {InputTree{tree.path(), "t"}}}
    );
    CHECK(report.stdout_text == "3000\n" + std::to_string(sum) + '\n');
}

TEST_CASE("A tree that cannot be copied ends its cell, and the error names what is in the way") {
    const bool warm = GENERATE(false, true);
    CAPTURE(cold_or_warm(warm));
    const TemporaryDirectory tree;
    write(tree.path() / "good", "text");
    const StateDirectory state;
    const auto refused = [&](const std::string& message) {
        const auto document = cell_document({"true"});
        const RunOptions options{.inputs = {InputTree{tree.path(), "t"}}};
        const auto run = [&]() -> Result<CellReport> {
            if (!warm) return Supervisor{GVisorCellBackend{state.config()}}.run(document, options);
            ColdOrWarm::Pool pool{GVisorCellBackend{state.config()}, PoolOptions{.size = 1}};
            const auto in_a_minute = std::chrono::steady_clock::now() + std::chrono::minutes{1};
            REQUIRE(pool.wait_until_ready({}, in_a_minute).has_value());
            return Supervisor{std::ref(pool)}.run(document, options);
        };
        const auto before = residue(state.path());
        const auto report = run();
        REQUIRE_FALSE(report.has_value());
        CHECK(report.error().kind == CellosError::Kind::Host);
        CHECK(report.error().message == "cannot copy " + message);
        CHECK(left_behind(before, residue(state.path())) == "");
    };
    SECTION("a link to the host's files") {
        fs::create_symlink("/etc/shadow", tree.path() / "bad");
        refused((tree.path() / "bad").native() + ": it is a symbolic link");
    }
    SECTION("a FIFO, which nobody waits for") {
        REQUIRE(::mkfifo((tree.path() / "bad").c_str(), 0600) == 0);
        refused((tree.path() / "bad").native() + ": it is a FIFO");
    }
    SECTION("more than a gibibyte of holes") {
        write(tree.path() / "holes", "");
        fs::resize_file(tree.path() / "holes", InputTree::most_bytes);
        refused(tree.path().native() + ": there are more than 1073741824 bytes in it");
    }
}
