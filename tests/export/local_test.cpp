// Artifacts become files of this host: complete, or not there.

#ifdef __linux__

#include "support/catch.hpp"
#include "support/scripted_backend.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/export/local.hpp>
#include <cellos/host/sandbox/artifact_file.hpp>
#include <cellos/openssl/sha256.hpp>
#include <cellos/os/detached_tmpfs.hpp>
#include <cellos/supervisor.hpp>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

using namespace cellos;
using namespace cellos_test;
using Catch::Matchers::ContainsSubstring;
using Kind = CellosError::Kind;
namespace fs = std::filesystem;

namespace {

// Gives `size` bytes of one letter in pieces of at most `piece`, then fails if told to.
class LetterReader : public ArtifactReader {
public:
    explicit LetterReader(std::uint64_t size, bool fails = false) : left_{size}, fails_{fails} {}

    Result<std::size_t> read(std::span<std::byte> buffer) override {
        if (left_ == 0 && fails_) return failure(Kind::ExportSink, "torn off");
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>({left_, buffer.size(), 1000}));
        std::ranges::fill(buffer.first(count), std::byte{'x'});
        left_ -= count;
        return count;
    }

private:
    std::uint64_t left_;
    bool fails_;
};

ExportArtifactMetadata artifact(std::string name, std::string cell = "cell-1") {
    return {.cell_id = std::move(cell), .name = std::move(name), .path = "/out/x"};
}

std::set<std::string> files(const fs::path& root) {
    std::set<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator{root})
        found.insert(entry.path().lexically_relative(root));
    return found;
}

std::string content(const fs::path& file) {
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

} // namespace

TEST_CASE("An artifact becomes a file, and the receipt says what was written") {
    const TemporaryDirectory directory;
    const fs::path root = directory.path() / "made";
    const LocalExportSink sink{root, openssl_sha256()};
    TextReader reader{"hello\n"};
    const auto receipt = sink.export_artifact(artifact("result.txt"), reader);
    REQUIRE(receipt);
    CHECK(receipt->target_kind == "local");
    CHECK(receipt->location == root / "cell-1" / "result.txt");
    CHECK(receipt->size_bytes == 6);
    CHECK(receipt->sha256 == "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
    CHECK(content(root / "cell-1" / "result.txt") == "hello\n");
    CHECK(files(root) == std::set<std::string>{"cell-1", "cell-1/result.txt"});
    CHECK(
        (fs::status(root / "cell-1" / "result.txt").permissions() & fs::perms{0133}) == fs::perms{}
    );

    SECTION("one that was executable in the cell still is") {
        struct WithMode : TextReader {
            explicit WithMode(std::uint32_t mode) : TextReader{"#!/bin/sh"}, mode_{mode} {}
            std::optional<std::uint32_t> mode() const noexcept override { return mode_; }
            std::uint32_t mode_;
        };
        const mode_t umask = ::umask(022);
        const auto exported = [&](std::uint32_t mode) {
            WithMode program{mode};
            REQUIRE(sink.export_artifact(artifact("program"), program));
            return fs::status(root / "cell-1" / "program").permissions();
        };
        CHECK(exported(0755) == fs::perms{0755});
        CHECK(exported(06500) == fs::perms{0755}); // no other bit of it counts
        CHECK(exported(0666) == fs::perms{0644});
        CHECK(exported(0011) == fs::perms{0644});
        ::umask(umask);
    }
    SECTION("again: the file is replaced") {
        LetterReader longer{3000};
        REQUIRE(sink.export_artifact(artifact("result.txt"), longer));
        CHECK(content(root / "cell-1" / "result.txt") == std::string(3000, 'x'));
        CHECK(files(root).size() == 2);
    }
    SECTION("without a hasher there is no digest, and nothing is an artifact too") {
        TextReader empty{""};
        const auto plain = LocalExportSink{root}.export_artifact(artifact("empty"), empty);
        REQUIRE(plain);
        CHECK(plain->sha256 == std::nullopt);
        CHECK(plain->size_bytes == 0);
        CHECK(fs::file_size(root / "cell-1" / "empty") == 0);
    }
}

TEST_CASE("An export that fails leaves nothing, and what was there before stays") {
    const TemporaryDirectory root;
    const LocalExportSink sink{root.path(), openssl_sha256(), 10'000};
    const auto failing = [&](ArtifactReader& reader, std::string name = "a") {
        const auto receipt = sink.export_artifact(artifact(std::move(name)), reader);
        REQUIRE_FALSE(receipt);
        CHECK(receipt.error().kind == Kind::ExportSink);
        return receipt.error().message;
    };
    LetterReader torn{5000, true}, large{10'001}, endless{~std::uint64_t{0}}, exact{10'000};

    CHECK(failing(torn) == "torn off");
    CHECK_THAT(failing(large), ContainsSubstring("more than 10000 bytes"));
    CHECK_THAT(failing(endless), ContainsSubstring("more than 10000 bytes"));
    CHECK(files(root.path()).empty());

    CHECK(sink.export_artifact(artifact("a"), exact));
    LetterReader again{5000, true};
    CHECK(failing(again) == "torn off");
    CHECK(content(root.path() / "cell-1" / "a") == std::string(10'000, 'x'));

    // One that says so itself is not even begun.
    LetterReader unread{1};
    auto announced = artifact("b");
    announced.size_bytes = 10'001;
    CHECK_FALSE(sink.export_artifact(announced, unread));

    // A directory in the place of the file.
    fs::create_directory(root.path() / "cell-1" / "folder");
    LetterReader good{1};
    CHECK_THAT(failing(good, "folder"), ContainsSubstring("cannot make folder"));
    CHECK(files(root.path()) == std::set<std::string>{"cell-1", "cell-1/a", "cell-1/folder"});
}

TEST_CASE("A disk that is full is an error of the export, and leaves nothing") {
    if (::geteuid() != 0) CELLOS_SKIP("needs root to mount a small file system");
    const auto small = os::make_detached_tmpfs(64 << 10, 100);
    REQUIRE(small);
    const fs::path root = "/proc/self/fd/" + std::to_string(small->get());
    LetterReader large{1 << 20};
    const auto receipt = LocalExportSink{root}.export_artifact(artifact("a"), large);
    REQUIRE_FALSE(receipt);
    CHECK_THAT(receipt.error().message, ContainsSubstring("No space left on device"));
    CHECK(files(root).empty());
}

TEST_CASE("Names that lead elsewhere are refused") {
    const TemporaryDirectory root;
    const LocalExportSink sink{root.path()};
    TextReader reader{"x"};
    for (const char* name : {"", ".", "..", "a/b", "../a", "/etc/passwd", "a\nb", "\x1b[2J"}) {
        CAPTURE(name);
        CHECK_FALSE(sink.export_artifact(artifact(name), reader));
        CHECK_FALSE(sink.export_artifact(artifact("a", name), reader));
    }
    CHECK_FALSE(sink.export_artifact(artifact(std::string(256, 'a')), reader));
    CHECK(files(root.path()).empty());
}

TEST_CASE("A root that others can write to: their links and directories are refused") {
    const TemporaryDirectory root, elsewhere;
    fs::permissions(root.path(), fs::perms{01777});
    const LocalExportSink sink{root.path()};
    TextReader reader{"x"};
    const auto refusal = [&] {
        const auto receipt = sink.export_artifact(artifact("a"), reader);
        REQUIRE_FALSE(receipt);
        CHECK(files(elsewhere.path()).empty());
        return receipt.error().message;
    };
    const fs::path cell = root.path() / "cell-1";
    SECTION("a link in the place of the cell's directory") {
        fs::create_directory_symlink(elsewhere.path(), cell);
        refusal();
        CHECK(fs::is_symlink(cell));
    }
    SECTION("a directory that others can write to") {
        fs::create_directory(cell);
        fs::permissions(cell, fs::perms{0777});
        CHECK_THAT(refusal(), ContainsSubstring("must belong to this user"));
        CHECK(fs::is_empty(cell));
    }
    SECTION("somebody else's directory") {
        if (::geteuid() != 0) CELLOS_SKIP("needs root to give a directory away");
        fs::create_directory(cell);
        REQUIRE(::chown(cell.c_str(), 65534, 65534) == 0);
        CHECK_THAT(refusal(), ContainsSubstring("must belong to this user"));
    }
    SECTION("a file in its place") {
        std::ofstream{cell} << "x";
        refusal();
    }
    SECTION("a link in the place of the artifact is replaced, not followed") {
        fs::create_directory(cell);
        fs::create_symlink(elsewhere.path() / "target", cell / "a");
        REQUIRE(sink.export_artifact(artifact("a"), reader));
        CHECK_FALSE(fs::is_symlink(cell / "a"));
        CHECK(files(elsewhere.path()).empty());
    }
}

TEST_CASE("Two cells of one name, and many threads, never leave half a file") {
    const TemporaryDirectory root;
    const LocalExportSink sink{root.path(), openssl_sha256()};
    std::atomic<int> done = 0;
    {
        std::vector<std::jthread> threads;
        for (unsigned t = 0; t < 8; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < 10; ++i) {
                    LetterReader reader{100'000 + t};
                    const auto receipt = sink.export_artifact(artifact("same"), reader);
                    if (receipt && receipt->size_bytes == 100'000 + t) ++done;
                }
            });
    }
    CHECK(done == 80);
    CHECK(files(root.path()) == std::set<std::string>{"cell-1", "cell-1/same"});
    const auto size = fs::file_size(root.path() / "cell-1" / "same");
    CHECK(size >= 100'000);
    CHECK(size < 100'008);
}

// --- What is read --------------------------------------------------------------------------------

namespace {

struct Hostile {
    TemporaryDirectory directory;
    fs::path path = directory.path();
    os::Descriptor root = os::open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY).value();

    [[nodiscard]] Result<std::unique_ptr<ArtifactReader>> open(const std::string& file) const {
        return sandbox::open_artifact_file(root.get(), file, 1 << 20);
    }
    [[nodiscard]] std::string refusal(const std::string& file) const {
        const auto opened = open(file);
        if (opened) return "none";
        CHECK(opened.error().kind == Kind::ExportSink);
        return opened.error().message;
    }
};

std::string all_of(ArtifactReader& reader, std::size_t step = 7) {
    std::string text;
    std::vector<std::byte> buffer(step);
    for (;;) {
        const auto got = reader.read(buffer);
        if (!got) return got.error().message;
        if (*got == 0) return text;
        for (std::size_t i = 0; i < *got; ++i) text += static_cast<char>(buffer[i]);
    }
}

} // namespace

TEST_CASE("A plain file of the directory is read, byte for byte") {
    const Hostile files;
    fs::create_directories(files.path / "a" / "b");
    std::ofstream{files.path / "a" / "b" / "file"} << "some text of more than one step";
    const auto reader = files.open("a/b/file");
    REQUIRE(reader);
    CHECK((*reader)->size_bytes() == 31);
    CHECK(all_of(**reader) == "some text of more than one step");
    // A name is bytes: no shell, no terminal and no archive ever sees it.
    for (const std::string name : {"-rf", "new\nline", "\x1b[2J", "\xff\xfe", "*", "$(x)", " "}) {
        std::ofstream{files.path / name} << "x";
        CHECK(files.refusal(name) == "none");
    }
}

TEST_CASE("No link is followed, at any component, and nothing leads out") {
    const Hostile files;
    const TemporaryDirectory outside;
    outside.write("secret", "of the host");
    fs::create_directory(files.path / "real");
    std::ofstream{files.path / "real" / "file"} << "x";
    fs::create_symlink(outside.path() / "secret", files.path / "link");
    fs::create_symlink("real/file", files.path / "inner");
    fs::create_directory_symlink(outside.path(), files.path / "away");
    fs::create_directory_symlink("real", files.path / "alias");
    fs::create_symlink("loop", files.path / "loop");
    fs::create_symlink("/proc/self/fd/0", files.path / "magic");
    for (const char* name : {"link", "inner", "away/secret", "alias/file", "loop", "magic"}) {
        CAPTURE(name);
        CHECK_THAT(files.refusal(name), ContainsSubstring("symbolic link"));
    }
    const std::string sibling = "../" + outside.path().filename().native() + "/secret";
    for (const std::string& name :
         {sibling,
          "real/../" + sibling,
          std::string{"/etc/passwd"},
          std::string{},
          std::string{"."}}) {
        CAPTURE(name);
        CHECK(files.refusal(name) != "none");
    }
}

TEST_CASE("What is no plain file of one name is refused, at once") {
    const Hostile files;
    fs::create_directory(files.path / "folder");
    REQUIRE(::mkfifo((files.path / "pipe").c_str(), 0600) == 0);
    const os::Descriptor server{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    (files.path / "socket").native().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    std::ofstream{files.path / "one"} << "x";
    fs::create_hard_link(files.path / "one", files.path / "two");

    CHECK_THAT(files.refusal("folder"), ContainsSubstring("not a regular file"));
    CHECK_THAT(files.refusal("pipe"), ContainsSubstring("not a regular file"));
    CHECK(files.refusal("socket") != "none");
    CHECK_THAT(files.refusal("one"), ContainsSubstring("more than one name"));
    CHECK_THAT(files.refusal("two"), ContainsSubstring("more than one name"));
    if (::geteuid() == 0 &&
        ::mknod((files.path / "zero").c_str(), S_IFCHR | 0600, makedev(1, 5)) == 0)
        CHECK(files.refusal("zero") != "none");
}

TEST_CASE("Another file system is not entered") {
    if (::geteuid() != 0) CELLOS_SKIP("needs root to mount");
    const os::Descriptor proc = os::open_at(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY).value();
    const auto opened = sandbox::open_artifact_file(proc.get(), "proc/version", 1 << 20);
    REQUIRE_FALSE(opened);
    CHECK_THAT(opened.error().message, ContainsSubstring("cannot open it: "));
}

TEST_CASE("Sparse, huge, growing and shrinking files are bounded") {
    const Hostile files;
    const auto file = files.path / "file";
    std::ofstream{file} << "0123456789";
    SECTION("sparse") {
        fs::resize_file(file, std::uintmax_t{1} << 40);
        CHECK_THAT(files.refusal("file"), ContainsSubstring("more than 1048576 bytes"));
    }
    SECTION("as large as may be") {
        fs::resize_file(file, 1 << 20);
        const auto reader = files.open("file");
        REQUIRE(reader);
        CHECK(all_of(**reader, 4096).size() == 1 << 20);
    }
    SECTION("growing while it is read") {
        const auto reader = files.open("file");
        REQUIRE(reader);
        std::ofstream{file, std::ios::app} << "and more";
        CHECK_THAT(all_of(**reader), ContainsSubstring("changed while it was read"));
    }
    SECTION("shrinking while it is read") {
        const auto reader = files.open("file");
        REQUIRE(reader);
        fs::resize_file(file, 8);
        CHECK_THAT(all_of(**reader), ContainsSubstring("changed while it was read"));
    }
}

#endif
