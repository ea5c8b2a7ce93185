// What of a run's inputs becomes requests to its sandbox, and which of them are refused.
#include "support/agent_end.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/core/input_file.hpp>
#include <cellos/host/sandbox/agent/input_list.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace {

using namespace cellos::sandbox::agent;
using namespace std::string_literals;
using cellos::CellosError;
using cellos::InputFile;
using cellos::InputTree;
using cellos::os::Descriptor;
using cellos_test::TemporaryDirectory;
using cellos_tests::Reader;
using cellos_tests::sent_bytes;
namespace fs = std::filesystem;

struct Stored {
    std::uint32_t mode = 0;
    std::string content{};

    friend bool operator==(const Stored&, const Stored&) = default;
};

struct All {
    std::map<std::string, Stored> entries{};
    std::vector<std::string> in_order{};
    std::size_t requests = 0;
};

All all_of(InputList list) {
    All all;
    for (; !list.is_done(); ++all.requests) {
        const std::string bytes = sent_bytes(list.next(1).value());
        Reader reader{bytes};
        reader.take<Head>();
        const auto put = reader.take<Put>();
        CHECK(put.directory == Directory::Inputs);
        for (std::uint32_t i = 0; i < put.files; ++i) {
            const auto file = reader.take<File>();
            std::string path{reader.string()};
            all.in_order.push_back(path);
            CHECK(
                all.entries.emplace(
                               path, Stored{file.mode, std::string{reader.bytes(file.bytes)}}
                ).second
            );
        }
        CHECK(reader.empty());
    }
    return all;
}

All all_of(const std::vector<InputFile>& inputs) {
    return all_of(InputList::of(inputs).value());
}

CellosError refusal(const std::vector<InputFile>& inputs) {
    auto list = InputList::of(inputs);
    if (!list) return list.error();
    while (!list->is_done()) {
        const auto request = list->next(1);
        if (!request) return request.error();
    }
    FAIL("nothing is refused");
    return {};
}

void check_host_error(const std::vector<InputFile>& inputs, const std::string& message) {
    const CellosError error = refusal(inputs);
    CHECK(error.kind == CellosError::Kind::Host);
    CHECK(error.message == message);
}

/// A directory with the files that are named, each with its path as content.
class Tree {
public:
    explicit Tree(
        const std::vector<std::string>& files = {},
        const fs::path& place = fs::temp_directory_path()
    )
        : directory_{place} {
        for (const std::string& file : files) write(file, file);
    }

    fs::path write(const std::string& file, const std::string& text) const {
        fs::path path = root() / file;
        fs::create_directories(path.parent_path());
        std::ofstream{path, std::ios::binary} << text;
        return path;
    }

    [[nodiscard]] const fs::path& root() const { return directory_.path(); }
    [[nodiscard]] std::string at(const std::string& path) const { return (root() / path).native(); }
    [[nodiscard]] std::vector<InputFile> as_input(std::string name = "t") const {
        return {InputTree{root(), std::move(name)}};
    }

private:
    TemporaryDirectory directory_;
};

std::ptrdiff_t open_descriptors() {
    return std::distance(fs::directory_iterator{"/proc/self/fd"}, fs::directory_iterator{});
}

} // namespace

TEST_CASE("What stands in quotes in an input file is text, and a path says that it is one") {
    const std::vector<InputFile> inputs{
        {"a.txt", "text"},
        {"view", std::string_view{"view"}},
        {"string", "string"s},
        {"path", fs::path{"/etc/passwd"}, 0555},
        InputTree{"/srv", "tree"}};
    CHECK(inputs[0].name == "a.txt");
    CHECK(std::get<std::string>(inputs[0].source) == "text");
    CHECK(inputs[0].mode == 0444);
    CHECK(std::get<std::string>(inputs[1].source) == "view");
    CHECK(std::get<std::string>(inputs[2].source) == "string");
    CHECK(std::get<fs::path>(inputs[3].source) == "/etc/passwd");
    CHECK(inputs[3].mode == 0555);
    CHECK(inputs[4].name == "tree");
    CHECK(std::get<cellos::HostDirectory>(inputs[4].source).path == "/srv");
    STATIC_REQUIRE(std::is_aggregate_v<InputFile>);
}

TEST_CASE("Files in directories bring these directories with them") {
    const auto all = all_of({{"src/lib/a.c", "a"}, {"src/b.c", "b", 0555}, {"c", "c"}});
    CHECK(
        all.in_order == std::vector<std::string>{"src/lib/a.c", "src/b.c", "c", "src/lib/", "src/"}
    );
    CHECK(all.entries.at("src/b.c") == Stored{0555, "b"});
    CHECK(all.entries.at("src/") == Stored{0555, ""});
    CHECK(all.requests == 1);
}

TEST_CASE("A tree is copied with its directories, its modes and its names") {
    const Tree tree{{"a", "sub/deep/b", "sub/run", "odd \n\xFFname", "@types/c++"}};
    fs::permissions(tree.root() / "sub/run", fs::perms{04755});
    fs::permissions(tree.root() / "a", fs::perms{0600});
    fs::create_directories(tree.root() / "empty/too");
    std::map<std::string, Stored> expected{
        {"a", {0444, "a"}},
        {"sub/deep/b", {0444, "sub/deep/b"}},
        {"sub/run", {0555, "sub/run"}},
        {"odd \n\xFFname", {0444, "odd \n\xFFname"}},
        {"@types/c++", {0444, "@types/c++"}}};
    for (const char* directory : {"sub/", "sub/deep/", "empty/", "empty/too/", "@types/"})
        expected[directory] = {0555, ""};

    SECTION("into a directory of inputs") {
        std::map<std::string, Stored> below;
        for (const auto& [path, stored] : expected) below["x/y/" + path] = stored;
        below["x/"] = below["x/y/"] = {0555, ""};
        CHECK(all_of(tree.as_input("x/y")).entries == below);
    }
    SECTION("or to be all of the inputs") {
        CHECK(all_of(tree.as_input("")).entries == expected);
    }
    SECTION("by a path with a slash at its end, or one that is a link") {
        const TemporaryDirectory other;
        fs::create_symlink(tree.root(), other.path() / "link");
        CHECK(all_of({InputTree{tree.root() / ""}}).entries == expected);
        CHECK(all_of({InputTree{other.path() / "link"}}).entries == expected);
    }
    SECTION("beside other files and trees") {
        const Tree other{{"sub/more"}};
        const auto all =
            all_of({InputTree{tree.root()}, InputTree{other.root()}, {"sub/text", "text"}});
        expected["sub/more"] = {0444, "sub/more"};
        expected["sub/text"] = {0444, "text"};
        CHECK(all.entries == expected);
    }
    SECTION("an empty one is a directory") {
        const Tree empty;
        CHECK(all_of(empty.as_input()).in_order == std::vector<std::string>{"t/"});
        CHECK(all_of(empty.as_input("")).in_order.empty());
    }
}

TEST_CASE("A directory is told after all files in it and all directories below it") {
    const Tree tree{{"b/c/d/e", "b/c.x/y", "b/z"}};
    const auto all = all_of(tree.as_input());
    const auto at = [&](const std::string& path) {
        return std::ranges::find(all.in_order, path) - all.in_order.begin();
    };
    for (const auto& directory : all.in_order) {
        if (!directory.ends_with('/')) continue;
        for (const auto& below : all.in_order) {
            if (below == directory || !below.starts_with(directory)) continue;
            CAPTURE(directory, below);
            CHECK(at(below) < at(directory));
        }
    }
}

TEST_CASE("Many files of a tree take many requests and few descriptors") {
    const Tree tree;
    for (int i = 0; i < 1000; ++i)
        tree.write("d" + std::to_string(i % 10) + "/" + std::to_string(i), "x");
    const auto before = open_descriptors();
    const auto inputs = tree.as_input();
    auto list = InputList::of(inputs).value();
    const auto request = list.next(1);
    REQUIRE(request.has_value());
    CHECK(open_descriptors() - before < 100);
}

TEST_CASE("What is neither a file nor a directory is refused by the path that the caller gave") {
    const Tree tree{{"sub/a"}};
    const auto odd = tree.root() / "sub" / "odd";
    const auto check = [&](const std::string& why) {
        const std::string message = "cannot copy " + tree.at("sub/odd") + ": " + why;
        check_host_error(tree.as_input(), message);
        check_host_error({InputTree{tree.root() / ""}}, message);
        const auto relative = fs::relative(tree.root());
        check_host_error(
            {InputTree{relative}}, "cannot copy " + (relative / "sub/odd").native() + ": " + why
        );
    };
    SECTION("a link out of the tree") {
        fs::create_symlink("/etc/passwd", odd);
        check("it is a symbolic link");
    }
    SECTION("a link to a directory outside") {
        fs::create_directory_symlink("/etc", odd);
        check("it is a symbolic link");
    }
    SECTION("a link inside") {
        fs::create_symlink("a", odd);
        check("it is a symbolic link");
    }
    SECTION("a FIFO") {
        REQUIRE(::mkfifo(odd.c_str(), 0600) == 0);
        check("it is a FIFO");
    }
    SECTION("a socket") {
        REQUIRE(::mknod(odd.c_str(), S_IFSOCK | 0600, 0) == 0);
        check("it is a socket");
    }
    SECTION("a device") {
        if (::mknod(odd.c_str(), S_IFCHR | 0600, makedev(1, 5)) != 0)
            CELLOS_SKIP("only root can make devices");
        check("it is a device");
    }
}

TEST_CASE("A line break in a name does not break the line of a message") {
    const Tree tree;
    fs::create_symlink("/", tree.root() / "a\nb");
    check_host_error(
        tree.as_input(), "cannot copy " + tree.at("a\\x0ab") + ": it is a symbolic link"
    );
}

TEST_CASE("A tree that is none, and one that cannot be read, are refused by their paths") {
    const Tree tree{{"file", "closed/file"}};
    check_host_error(
        {InputTree{tree.root() / "none"}},
        "cannot copy " + tree.at("none") + ": No such file or directory"
    );
    check_host_error(
        {InputTree{tree.root() / "file"}}, "cannot copy " + tree.at("file") + ": Not a directory"
    );
    check_host_error(
        {{"f", tree.root()}}, "cannot copy " + tree.root().native() + ": it is a directory"
    );
}

TEST_CASE("A file that became something else since its tree was listed is not followed") {
    const Tree tree{{"a", "sub/b"}};
    const auto inputs = tree.as_input();
    auto list = InputList::of(inputs);
    REQUIRE(list.has_value());
    const auto check = [&](const std::string& path, const std::string& why) {
        const auto request = list->next(1);
        REQUIRE_FALSE(request.has_value());
        CHECK(request.error().message == "cannot copy " + tree.at(path) + ": " + why);
    };
    SECTION("a link") {
        fs::remove(tree.root() / "a");
        fs::create_symlink("/etc/passwd", tree.root() / "a");
        check("a", "it is a symbolic link");
    }
    SECTION("a directory that became a link") {
        fs::rename(tree.root() / "sub", tree.root() / "sub2");
        fs::create_directory_symlink(tree.root() / "sub2", tree.root() / "sub");
        check("sub/b", "it is a symbolic link");
    }
    SECTION("a FIFO that nobody writes to") {
        fs::remove(tree.root() / "a");
        REQUIRE(::mkfifo((tree.root() / "a").c_str(), 0600) == 0);
        check("a", "it is a FIFO");
    }
    SECTION("nothing") {
        fs::remove(tree.root() / "a");
        check("a", "No such file or directory");
    }
}

TEST_CASE("A file of a tree that grows or shrinks has the size that it had when it was opened") {
    const Tree tree{{"next"}};
    const auto file = tree.write("a", std::string(100'000, 'x'));
    const auto inputs = tree.as_input("");
    auto list = InputList::of(inputs).value();
    auto request = list.next(1).value();
    const auto check = [&](const std::string& expected) {
        const std::string bytes = sent_bytes(std::move(request));
        Reader reader{bytes};
        reader.take<Head>();
        CHECK(reader.take<Put>().files == 2);
        CHECK(reader.take<File>().bytes == expected.size());
        CHECK(reader.string() == "a");
        CHECK(reader.bytes(expected.size()) == expected);
        reader.take<File>();
        CHECK(reader.string() == "next");
        CHECK(reader.bytes(4) == "next");
    };
    SECTION("grows") {
        fs::resize_file(file, 200'000);
        check(std::string(100'000, 'x'));
    }
    SECTION("shrinks") {
        fs::resize_file(file, 30'000);
        check(std::string(30'000, 'x') + std::string(70'000, '\0'));
    }
}

TEST_CASE("A tree is bounded in its entries, its depth, its names and its bytes") {
    // In memory, where names are made quickly.
    const Tree tree{{}, "/dev/shm"};
    const std::string shown = tree.root().native();
    SECTION("entries") {
        const Descriptor directory{::open(tree.root().c_str(), O_RDONLY | O_DIRECTORY)};
        int made = 0;
        for (int i = 0; i < 100'000; ++i) {
            const std::string name = std::to_string(i);
            made += ::mknodat(directory.get(), name.c_str(), S_IFREG | 0600, 0) == 0 ? 1 : 0;
        }
        REQUIRE(made == 100'000);
        check_host_error(
            tree.as_input(),
            "cannot copy " + shown + ": there are more than 65536 files and directories in it"
        );
    }
    SECTION("depth") {
        std::string path;
        for (int i = 0; i < 63; ++i) path += "d/";
        tree.write(path + "f", "");
        CHECK(all_of(tree.as_input("")).entries.size() == 64);
        check_host_error(
            tree.as_input("name"),
            "cannot copy " + tree.at(path + "f") + ": it lies deeper than 63 names"
        );
    }
    SECTION("names") {
        std::string deep;
        for (int i = 0; i < 15; ++i) deep.append(255, 'n') += '/';
        for (int i = 0; i < 4400; ++i) tree.write(deep + std::to_string(i), "");
        check_host_error(
            tree.as_input(),
            "cannot copy " + shown + ": there are more than 16777216 bytes of names in it"
        );
    }
    SECTION("bytes") {
        fs::resize_file(tree.write("sparse", ""), InputTree::most_bytes);
        CHECK(InputList::of(tree.as_input()).has_value());
        tree.write("more", "x");
        check_host_error(
            tree.as_input(), "cannot copy " + shown + ": there are more than 1073741824 bytes in it"
        );
    }
}

TEST_CASE("Two inputs that meet in one place are refused by it") {
    const Tree tree{{"a/b", "c"}};
    const auto clash = [](const std::vector<InputFile>& inputs) {
        const CellosError error = refusal(inputs);
        CHECK(error.kind == CellosError::Kind::InvalidSpec);
        return error.message;
    };
    CHECK(clash({InputTree{tree.root()}, {"c", "x"}}) == "inputs: /inputs/c is there twice");
    CHECK(
        clash({InputTree{tree.root(), "t"}, InputTree{tree.root(), "t"}}) ==
        "inputs: /inputs/t/a/b is there twice"
    );
    CHECK(
        clash({InputTree{tree.root()}, {"a", "x"}}) == "inputs: /inputs/a is a file and a directory"
    );
    CHECK(clash({{"x", "1"}, {"x/y", "2"}}) == "inputs: /inputs/x is a file and a directory");
    CHECK(
        clash({InputTree{tree.root()}, {"c/d", "x"}}) ==
        "inputs: /inputs/c is a file and a directory"
    );
}
