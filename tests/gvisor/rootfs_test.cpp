#ifdef __linux__

#include "support/catch.hpp"

#include <cellos/host/gvisor/bundle/host_places.hpp>
#include <cellos/host/gvisor/bundle/system_rootfs.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/stat.h>

namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using cellos::CellosError;
using cellos::CellUser;
using cellos::gvisor::MountPoint;
using cellos::gvisor::SystemRootfsTemplate;

// A directory that is gone with the test.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string name = (fs::temp_directory_path() / "cellos-rootfs-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
        path_ = name;
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() { fs::remove_all(path_); }

    [[nodiscard]] fs::path operator/(const fs::path& name) const { return path_ / name; }
    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

// The umask of this process, restored with the scope.
class Umask {
public:
    explicit Umask(mode_t mask) : before_{::umask(mask)} {}
    Umask(const Umask&) = delete;
    Umask& operator=(const Umask&) = delete;
    ~Umask() { ::umask(before_); }

private:
    mode_t before_;
};

std::string content(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

unsigned mode(const fs::path& path) {
    return static_cast<unsigned>(fs::symlink_status(path).permissions()) & 07777U;
}

// Makes `root` in `parent`.
cellos::Result<void> materialise(
    const fs::path& parent, const std::vector<MountPoint>& points = {}, CellUser user = {}
) {
    const auto rootfs = SystemRootfsTemplate::read(user);
    REQUIRE(rootfs.has_value());
    const auto directory = cellos::os::open_at(AT_FDCWD, parent.c_str(), O_RDONLY | O_DIRECTORY);
    REQUIRE(directory.has_value());
    return rootfs->materialise(directory->get(), "root", "box", points);
}

} // namespace

TEST_CASE("A system root has the host's toolchain by links or mounts, and its own /etc") {
    const TemporaryDirectory cell;
    REQUIRE(materialise(cell.path()).has_value());
    const fs::path root = cell / "root";

    for (const char* directory : {"proc", "sys", "dev", "tmp", "usr", "inputs", "etc/ssl/certs"})
        CHECK(fs::is_directory(fs::symlink_status(root / directory)));
    for (const char* name : {"bin", "sbin", "lib", "lib64"}) {
        INFO(name);
        const auto host = fs::symlink_status(fs::path{"/"} / name);
        if (fs::is_symlink(host))
            CHECK(fs::read_symlink(root / name) == fs::read_symlink(fs::path{"/"} / name));
        else
            CHECK_FALSE(fs::exists(fs::symlink_status(root / name)));
    }
    CHECK(content(root / "etc/hosts").find("\n127.0.1.1\tbox\n") != std::string::npos);
    CHECK(content(root / "etc/resolv.conf").empty());
    for (const char* copied : {"etc/ld.so.cache", "etc/ssl/certs/ca-certificates.crt"}) {
        INFO(copied);
        if (fs::is_regular_file(fs::path{"/"} / copied))
            CHECK(content(root / copied) == content(fs::path{"/"} / copied));
    }
    CHECK_FALSE(fs::exists(root / "etc/shadow"));
}

TEST_CASE("A system root's users are root, nobody and the cell's own") {
    const TemporaryDirectory cell;
    SECTION("nobody by default") {
        REQUIRE(materialise(cell.path()).has_value());
        CHECK(
            content(cell / "root/etc/passwd") ==
            "root:x:0:0:root:/root:/bin/sh\n"
            "nobody:x:65534:65534:nobody:/home/cell:/usr/sbin/nologin\n"
        );
        CHECK(content(cell / "root/etc/group") == "root:x:0:\nnogroup:x:65534:\n");
    }
    SECTION("another one by configuration") {
        REQUIRE(materialise(cell.path(), {}, {.uid = 1000, .gid = 100}).has_value());
        CHECK_THAT(
            content(cell / "root/etc/passwd"),
            ContainsSubstring("\ncell:x:1000:100::/home/cell:/bin/sh\n")
        );
        CHECK_THAT(content(cell / "root/etc/group"), ContainsSubstring("\ncell:x:100:\n"));
    }
}

TEST_CASE("A system root can be entered and read by anybody, whatever the umask") {
    const TemporaryDirectory cell;
    std::ofstream{cell / "file"} << "x";
    const Umask private_files{077};
    REQUIRE(materialise(
                cell.path(), {{"/data/deep", std::nullopt}, {"/etc/tool.conf", cell / "file"}}
    ).has_value());
    for (const char* directory :
         {"root", "root/etc", "root/etc/ssl", "root/data", "root/data/deep"})
        CHECK(mode(cell / directory) == 0755);
    for (const char* file : {"root/etc/passwd", "root/etc/hosts", "root/etc/tool.conf"})
        CHECK(mode(cell / file) == 0644);
}

TEST_CASE("A system root has the mount points, of the kind of what is mounted there") {
    const TemporaryDirectory cell;
    std::ofstream{cell / "file"} << "x";
    fs::create_directory(cell / "directory");
    REQUIRE(materialise(
                cell.path(),
                {{"/a/b", cell / "directory"},
                 {"/a/c", cell / "file"},
                 {"/etc/hosts", cell / "file"},
                 {"/work", std::nullopt}}
    ).has_value());
    CHECK(fs::is_directory(cell / "root/a/b"));
    CHECK(fs::is_regular_file(cell / "root/a/c"));
    CHECK_FALSE(content(cell / "root/etc/hosts").empty());
    CHECK(fs::is_directory(cell / "root/work"));
}

TEST_CASE("A mount point never leads out of a system root") {
    const TemporaryDirectory cell;
    if (!fs::is_symlink("/bin")) CELLOS_SKIP("/bin is no link on this system");
    const auto made = materialise(cell.path(), {{"/bin/cellos-new/x", std::nullopt}});
    REQUIRE_FALSE(made.has_value());
    CHECK_THAT(made.error().message, ContainsSubstring("/bin/cellos-new/x"));
    CHECK_FALSE(fs::exists("/bin/cellos-new"));
    CHECK_FALSE(fs::exists("/usr/bin/cellos-new"));
}

TEST_CASE("A system root is made in a new directory only") {
    const TemporaryDirectory cell;
    REQUIRE(materialise(cell.path()).has_value());
    const auto again = materialise(cell.path());
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().kind == CellosError::Kind::Host);
}

TEST_CASE("A directory root that lacks a mount point is refused, and nothing is made in it") {
    using cellos::gvisor::check_directory_rootfs;
    const TemporaryDirectory rootfs;
    const TemporaryDirectory sources;
    std::ofstream{sources / "file"} << "x";
    fs::create_directories(rootfs / "usr/share");
    std::ofstream{rootfs / "hosts"} << "x";
    fs::create_directory_symlink("usr", rootfs / "link");

    const std::vector<MountPoint> there{
        {"/usr/share", sources.path()}, {"/hosts", sources / "file"}, {"/usr", std::nullopt}};
    CHECK(check_directory_rootfs(rootfs.path(), there).has_value());

    SECTION("everything that is missing is named") {
        const std::vector<MountPoint> missing{
            {"/inputs", sources.path()},
            {"/usr/share", sources.path()},
            {"/usr/none/x", std::nullopt},
            {"/hosts", sources.path()},
            {"/usr", sources / "file"},
            {"/link/share", sources.path()}};
        const auto checked = check_directory_rootfs(rootfs.path(), missing);
        REQUIRE_FALSE(checked.has_value());
        CHECK(checked.error().kind == CellosError::Kind::Host);
        const std::string& message = checked.error().message;
        CHECK_THAT(
            message,
            ContainsSubstring(rootfs.path().native()) && ContainsSubstring("directory /inputs") &&
                ContainsSubstring("directory /usr/none/x") &&
                ContainsSubstring("directory /hosts") && ContainsSubstring("file /usr,") &&
                ContainsSubstring("/link/share") && !ContainsSubstring("directory /usr/share")
        );
        CHECK_FALSE(fs::exists(rootfs / "inputs"));
        CHECK_FALSE(fs::exists(rootfs / "usr/none"));
    }
    SECTION("so is one that is no directory") {
        for (const char* path : {"none", "hosts"}) {
            const auto checked = check_directory_rootfs(rootfs / path, {});
            REQUIRE_FALSE(checked.has_value());
            CHECK_THAT(checked.error().message, ContainsSubstring((rootfs / path).native()));
        }
    }
}

TEST_CASE("What a directory root keeps at a place is seen") {
    const TemporaryDirectory rootfs;
    fs::create_directories(rootfs / "app/src");
    CHECK(cellos::gvisor::has_content(rootfs.path(), "/app"));
    CHECK_FALSE(cellos::gvisor::has_content(rootfs.path(), "/app/src"));
    CHECK_FALSE(cellos::gvisor::has_content(rootfs.path(), "/none"));
}

TEST_CASE("A working directory of the host's must be there, without a link on the way") {
    using cellos::gvisor::check_working_directory;
    const TemporaryDirectory host;
    fs::create_directories(host / "a/b");
    fs::create_directory_symlink("a", host / "link");
    std::ofstream{host / "file"} << "x";

    CHECK(check_working_directory({host.path(), ""}).has_value());
    CHECK(check_working_directory({host.path(), "a/b"}).has_value());
    // The directory itself is the operator's, who may use a link.
    CHECK(check_working_directory({host / "link", "b"}).has_value());
    for (const char* below : {"none", "a/none", "link", "link/b", "file"}) {
        INFO(below);
        const auto checked = check_working_directory({host.path(), below});
        REQUIRE_FALSE(checked.has_value());
        CHECK_THAT(checked.error().message, ContainsSubstring((host / below).native()));
        CHECK_FALSE(fs::exists(host / "none"));
    }
    CHECK_FALSE(check_working_directory({host / "none", ""}).has_value());
}

TEST_CASE("A mount whose source is missing is refused by name") {
    const TemporaryDirectory host;
    const std::vector<MountPoint> points{
        {"/data", host.path()}, {"/more", host / "none"}, {"/work", std::nullopt}};
    const auto checked = cellos::gvisor::check_mount_sources(points);
    REQUIRE_FALSE(checked.has_value());
    CHECK_THAT(
        checked.error().message,
        ContainsSubstring((host / "none").native()) && ContainsSubstring("/more") &&
            !ContainsSubstring("/data")
    );
}

#endif
