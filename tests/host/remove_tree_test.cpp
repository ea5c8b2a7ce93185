// What a tree may look like, and what its removal leaves alone.
#include "support/catch.hpp"
#include "support/forked_program.hpp"
#include "support/soft_limit.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/os/descriptor.hpp>
#include <cellos/os/remove_tree.hpp>

#include <filesystem>
#include <string>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace cellos;
using cellos_test::TemporaryDirectory;
using cellos_tests::ForkedProgram;
using cellos_tests::SoftLimit;

namespace {

struct Place {
    TemporaryDirectory directory{};
    os::Descriptor fd = os::open_at(AT_FDCWD, directory.path().c_str(), O_DIRECTORY).value();

    [[nodiscard]] bool is_empty() const { return std::filesystem::is_empty(directory.path()); }
};

// A directory in another one, `depth` times, with a file in each.
void make_deep(int parent, const std::string& name, int depth) {
    os::Descriptor current{::dup(parent)};
    for (int i = 0; i < depth; ++i) {
        const std::string child = i == 0 ? name : "d";
        REQUIRE(::mkdirat(current.get(), child.c_str(), 0700) == 0);
        current = os::open_at(current.get(), child.c_str(), O_DIRECTORY).value();
        REQUIRE(os::write_new_file(current.get(), "0", "content", 0600));
    }
}

} // namespace

TEST_CASE("What is not there is removed already, and a file goes like a directory") {
    const Place place;
    CHECK(os::remove_tree(place.fd.get(), "missing"));
    place.directory.write("file", "content");
    std::filesystem::create_directory(place.directory.path() / "empty");
    CHECK(os::remove_tree(place.fd.get(), "file"));
    CHECK(os::remove_tree(place.fd.get(), "empty"));
    CHECK(place.is_empty());
}

TEST_CASE("A tree deeper than any path, or any number of descriptors, is removed") {
    const Place place;
    make_deep(place.fd.get(), "deep", 10000);
    const SoftLimit few{RLIMIT_NOFILE, 32};
    const auto removed = os::remove_tree(place.fd.get(), "deep");
    CHECK((removed ? std::string{} : removed.error().message).empty());
    CHECK(place.is_empty());
}

TEST_CASE("A tree whose directories bear the names that others need is removed") {
    const Place place;
    const auto root = place.directory.path() / "wide";
    for (const char* parent : {"0", "1", "2", "a", "b"})
        for (const char* child : {"0/x", "1/x", "2/x", "3"})
            std::filesystem::create_directories(root / parent / child);
    std::filesystem::create_symlink("nowhere", root / "3");
    for (int i = 0; i < 3000; ++i)
        std::filesystem::create_directory(root / ("n" + std::to_string(i)));
    CHECK(os::remove_tree(place.fd.get(), "wide"));
    CHECK(place.is_empty());
}

TEST_CASE("A symbolic link is removed, and what it leads to stays") {
    const Place place;
    const TemporaryDirectory other;
    other.write("kept", "content");
    const auto root = place.directory.path() / "tree";
    std::filesystem::create_directories(root / "inner");
    std::filesystem::create_directory_symlink(other.path(), root / "link");
    std::filesystem::create_directory_symlink(other.path(), root / "inner" / "link");
    std::filesystem::create_directory_symlink(other.path(), place.directory.path() / "itself");
    CHECK(os::remove_tree(place.fd.get(), "tree"));
    CHECK(os::remove_tree(place.fd.get(), "itself"));
    CHECK(place.is_empty());
    CHECK(std::filesystem::exists(other.path() / "kept"));
}

TEST_CASE("What is mounted in a tree is an error, and nothing of it is removed") {
    if (::geteuid() != 0) CELLOS_SKIP("needs root");
    const Place place;
    const TemporaryDirectory other;
    other.write("kept", "content");
    const auto at = place.directory.path() / "tree" / "inner" / "mounted";
    std::filesystem::create_directories(at);
    ForkedProgram mounting{[&] {
        // Nobody else sees it.
        if (::unshare(CLONE_NEWNS) == -1 ||
            ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == -1 ||
            ::mount(other.path().c_str(), at.c_str(), nullptr, MS_BIND, nullptr) == -1)
            return 1;
        const auto removed = os::remove_tree(place.fd.get(), "tree");
        if (removed) return 2;
        return removed.error().message == "cannot remove mounted: Device or resource busy" ? 0 : 3;
    }};
    CHECK(mounting.wait() == 0);
    CHECK(std::filesystem::exists(other.path() / "kept"));
}
