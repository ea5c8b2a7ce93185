// What cells see of the host's /etc: on a made-up host, and by real programs of this one.
#ifdef __linux__

#include "support/catch.hpp"
#include "support/cold_or_warm.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/host/gvisor/bundle/host_etc.hpp>
#include <cellos/host/gvisor/bundle/system_rootfs.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using cellos::CellReport;
using cellos::CellUser;
using cellos::ExitStatus;
using cellos::gvisor::HostEtc;
using cellos::gvisor::links_into_etc;
using cellos::gvisor::MountPoint;
using cellos::gvisor::read_etc;
using cellos::gvisor::SystemRootfsTemplate;
using cellos_tests::cold_or_warm;
using cellos_tests::ColdOrWarm;
using cellos_tests::shell_document;
using Paths = std::vector<std::string>;

// A host with these files; those that everybody may read unless it is said otherwise.
class MadeUpHost {
public:
    void file(const fs::path& path, const std::string& content = "x", mode_t mode = 0644) {
        directories(path);
        std::ofstream{root() / path} << content;
        ::chmod((root() / path).c_str(), mode);
    }
    void link(const fs::path& path, const std::string& target) {
        directories(path);
        fs::create_symlink(target, root() / path);
    }
    void mode(const fs::path& path, mode_t mode) { ::chmod((root() / path).c_str(), mode); }

    [[nodiscard]] fs::path root() const { return directory_.path(); }
    [[nodiscard]] Paths links() const { return links_into_etc(root(), Paths{"usr"}).value(); }
    [[nodiscard]] HostEtc etc(const Paths& paths) const { return read_etc(root(), paths).value(); }
    // What of /etc is shown because of what is in /usr.
    [[nodiscard]] Paths shown() const {
        Paths shown;
        for (const auto& [path, entry] : etc(links()).entries)
            if (entry.kind != HostEtc::Kind::Directory) shown.push_back(path);
        return shown;
    }

private:
    // Whatever the umask.
    void directories(const fs::path& path) const {
        fs::path here = root();
        for (const fs::path& name : path.parent_path()) {
            here /= name;
            if (::mkdir(here.c_str(), 0755) == 0) ::chmod(here.c_str(), 0755);
        }
    }

    cellos_test::TemporaryDirectory directory_{};
};

std::string content(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

bool is_there(const fs::path& path) {
    return fs::exists(fs::symlink_status(path));
}

} // namespace

TEST_CASE("What links below /usr lead to in /etc is shown, and nothing else of it") {
    MadeUpHost host;
    host.file("etc/tool/tool.conf");
    host.file("etc/tool/more.conf");
    host.file("etc/whole/a");
    host.file("etc/whole/b/c");
    host.file("etc/other/secret-of-nobody");
    host.link("usr/lib/tool/conf", "/etc/tool/tool.conf");
    host.link("usr/share/whole", "../../etc/whole");
    host.link("usr/share/up", "../../../../../etc/whole/a");
    host.link("usr/share/elsewhere", "/opt/etc/other");
    CHECK(host.links() == Paths{"etc/tool/tool.conf", "etc/whole", "etc/whole/a"});
    CHECK(host.shown() == Paths{"etc/tool/tool.conf", "etc/whole/a", "etc/whole/b/c"});
}

TEST_CASE("Links to settings are found deep below a directory that has one") {
    MadeUpHost host;
    host.link("usr/lib/jvm/java-1/conf/net", "/etc/java-1/net");
    host.link("usr/lib/jvm/java-1/conf/security/policy/unlimited/us", "/etc/java-1/us");
    host.link("usr/lib/alone/1/2/3/4/5/6/7", "/etc/alone");
    CHECK(host.links() == Paths{"etc/java-1/net", "etc/java-1/us"});
}

TEST_CASE("Which links there are is kept until packages come or go") {
    MadeUpHost host;
    host.file("var/lib/dpkg/status", "before");
    host.link("usr/lib/a/1", "/etc/a");
    host.link("usr/lib/a/2", "/etc/b with \n newline");
    const cellos_test::TemporaryDirectory keeper;
    const auto state = cellos::os::open_at(AT_FDCWD, keeper.path().c_str(), O_RDONLY | O_DIRECTORY);
    REQUIRE(state);
    const auto links = [&] {
        return cellos::gvisor::kept_links_into_etc(state->get(), host.root(), Paths{"usr"}).value();
    };
    const Paths before{"etc/a", "etc/b with \n newline"};
    const Paths after{"etc/a", "etc/b with \n newline", "etc/c"};
    CHECK(links() == before);
    CHECK(std::distance(fs::directory_iterator{keeper.path()}, {}) == 1);
    // Nothing tells of this one.
    host.link("usr/lib/a/3", "/etc/c");
    CHECK(links() == before);

    SECTION("by the list of packages") {
        fs::remove(host.root() / "var/lib/dpkg/status");
        CHECK(links() == after);
        CHECK(links() == after);
    }
    SECTION("by hand") {
        host.file("usr/bin/new-program");
        CHECK(links() == after);
    }
    SECTION("unless what was kept is no longer whole") {
        const fs::path kept = keeper.path() / "host-etc";
        fs::resize_file(kept, fs::file_size(kept) - 1);
        CHECK(links() == after);
    }
    SECTION("if it can be kept") {
        fs::remove_all(keeper.path());
        CHECK(links() == after);
        fs::create_directory(keeper.path());
    }
}

TEST_CASE("Links in documentation, and the choice between programs, lead to no settings") {
    MadeUpHost host;
    host.link("usr/share/doc/tool/config", "/etc/tool");
    host.link("usr/bin/awk", "/etc/alternatives/awk");
    CHECK(host.links().empty());
}

TEST_CASE("Of the host's /etc nothing is shown that not everybody may read, or that tells secrets"
) {
    MadeUpHost host;
    host.file("etc/tool/open", "open");
    host.file("etc/tool/closed", "closed", 0640);
    host.file("etc/tool/shut/open");
    host.mode("etc/tool/shut", 0750);
    host.link("etc/tool/shadow", "../shadow");
    host.link("etc/tool/root", "/root/.netrc");
    host.link("etc/tool/key", "/etc/ssl/private/key.pem");
    host.file("etc/shadow");
    host.file("etc/ssl/private/key.pem");
    host.file("etc/machine-id");
    host.file("etc/environment");
    host.file("root/.netrc");
    for (const char* name : {"tool", "shadow", "ssl/private", "machine-id", "environment", "none"})
        host.link(fs::path{"usr/lib/x"} / fs::path{name}.filename(), std::string{"/etc/"} + name);
    host.link("usr/lib/x/everything", "/etc");
    CHECK(host.shown() == Paths{"etc/tool/open"});
}

TEST_CASE("Links in the host's /etc lead cells where they lead on the host") {
    MadeUpHost host;
    host.file("etc/real/a", "content");
    host.file("etc/real/run", "#!", 0755);
    host.link("etc/tool", "real");
    host.link("etc/real/loop", "../tool");
    host.link("etc/real/self", "self");
    host.link("etc/localtime", "../usr/share/zoneinfo/UTC");
    const HostEtc etc = host.etc({"etc/tool/a", "etc/tool/run", "etc/real", "etc/localtime"});
    CHECK(etc.entries.at("etc/tool").content == "real");
    CHECK(etc.entries.at("etc/real/a").content == "content");
    CHECK(etc.entries.at("etc/real/a").kind == HostEtc::Kind::File);
    CHECK(etc.entries.at("etc/real/run").kind == HostEtc::Kind::Program);
    CHECK(etc.entries.at("etc/real/loop").content == "../tool");
    CHECK(etc.entries.at("etc/localtime").content == "../usr/share/zoneinfo/UTC");
    CHECK_FALSE(etc.entries.contains("etc/real/self"));
}

TEST_CASE("A large directory of the host's /etc is bound if everybody may read all of it") {
    MadeUpHost host;
    for (int i = 0; i < 20; ++i) {
        host.file("etc/certs/" + std::to_string(i));
        host.file("etc/few/" + std::to_string(i));
    }
    host.file("etc/small/a");
    const Paths paths{"etc/certs", "etc/few/1", "etc/small"};
    CHECK(host.etc(paths).whole_directories == Paths{"/etc/certs"});

    SECTION("but not with something secret in it") {
        host.file("etc/certs/key", "x", 0600);
        CHECK(host.etc(paths).whole_directories.empty());
        CHECK(host.etc(paths).entries.contains("etc/certs/7"));
    }
    SECTION("but not if others may change it") {
        host.mode("etc/certs", 0777);
        CHECK(host.etc(paths).whole_directories.empty());
    }
    SECTION("but not one that is hardly used") {
        Paths most;
        for (int i = 0; i < 20; ++i) host.file("etc/few/more-" + std::to_string(i));
        for (int i = 0; i < 15; ++i) most.push_back("etc/few/" + std::to_string(i));
        CHECK(host.etc(most).whole_directories.empty());
    }
}

TEST_CASE("A link to too much of the host's /etc shows what fits") {
    MadeUpHost host;
    host.file("etc/large", std::string((std::size_t{4} << 20) + 1, 'x'));
    host.file("etc/fits", std::string(std::size_t{4} << 20, 'x'));
    CHECK(host.etc({"etc/large", "etc/fits"}).entries.size() == 2); // and /etc itself
}

TEST_CASE("A place of a mount in the host's /etc is made in a copy, not on the host") {
    const auto rootfs = SystemRootfsTemplate::read({});
    REQUIRE(rootfs);
    std::string whole;
    for (const std::string& directory : rootfs->bound_system_directories())
        if (directory.starts_with("/etc/ssl/certs")) whole = directory;
    if (whole.empty()) CELLOS_SKIP("this host has no directory of certificates to bind");
    const auto has_bind = [&](const cellos::GVisorConfig& config) {
        const auto plan = cellos::gvisor::plan_cell(
            cellos_tests::cell_document({"true"}),
            config,
            {.bound_system_directories = rootfs->bound_system_directories()}
        );
        const auto& bound = plan.value().bound_system_directories;
        return std::ranges::find(bound, whole) != bound.end();
    };
    CHECK(has_bind({}));
    CHECK_FALSE(has_bind({.mounts = {{"/srv/own.pem", whole + "/own.pem"}}}));

    const cellos_test::TemporaryDirectory cell;
    std::ofstream{cell.path() / "own.pem"} << "own";
    const auto made = [&](const std::vector<MountPoint>& points) {
        const auto parent =
            cellos::os::open_at(AT_FDCWD, cell.path().c_str(), O_RDONLY | O_DIRECTORY);
        const std::string name = "root" + std::to_string(points.size());
        const auto done = rootfs->materialise(parent.value().get(), name, "box", points);
        INFO((done ? "" : done.error().message));
        REQUIRE(done);
        return cell.path() / name;
    };
    const fs::path own = made({{whole + "/own.pem", cell.path() / "own.pem"}, {"/a", "/usr"}});
    CHECK(is_there((own.native() + whole) + "/own.pem"));
    CHECK_FALSE(is_there(whole + "/own.pem"));
    for (const auto& entry : fs::directory_iterator{whole}) {
        const fs::path copy = own.native() + entry.path().native();
        INFO(copy);
        if (entry.is_regular_file() && !entry.is_symlink())
            CHECK(content(copy) == content(entry.path()));
        else if (entry.is_symlink() && fs::exists(entry.path()))
            CHECK(fs::read_symlink(copy) == fs::read_symlink(entry.path()));
    }
    const fs::path bound = made({{whole, whole}});
    CHECK(fs::is_empty(bound.native() + whole));
}

TEST_CASE("A mount at one of the host's files hides it, and one around it as well") {
    const auto rootfs = SystemRootfsTemplate::read({});
    REQUIRE(rootfs);
    const cellos_test::TemporaryDirectory cell;
    std::ofstream{cell.path() / "file"} << "own";
    const auto parent = cellos::os::open_at(AT_FDCWD, cell.path().c_str(), O_RDONLY | O_DIRECTORY);
    const auto done = rootfs->materialise(
        parent.value().get(),
        "root",
        "box",
        std::vector<MountPoint>{
            {"/etc/services", cell.path() / "file"},
            {"/etc/os-release/deep", std::nullopt},
            {"/etc/localtime", cell.path() / "file"},
            {"/var/tmp", std::nullopt}}
    );
    INFO((done ? "" : done.error().message));
    REQUIRE(done);
    CHECK(content(cell.path() / "root/etc/services").empty());
    CHECK(fs::is_directory(cell.path() / "root/etc/os-release/deep"));
    CHECK(fs::is_regular_file(fs::symlink_status(cell.path() / "root/etc/localtime")));
    CHECK(fs::is_directory(fs::symlink_status(cell.path() / "root/var/tmp")));
}

namespace {

// Runs the script cold and warm; what it prints.
void prints(const std::string& script, const std::string& expected) {
    for (const bool warm : {false, true}) {
        INFO(cold_or_warm(warm));
        ColdOrWarm run{warm};
        const CellReport report = run(shell_document(script));
        INFO(report.stderr_text);
        CHECK(report.stdout_text == expected);
        CHECK(report.exit == ExitStatus::exited(0));
    }
}

bool host_has(const std::string& program) {
    return is_there("/usr/bin/" + program);
}

} // namespace

TEST_CASE("A cell's user has a home directory, and places for temporary files") {
    prints(
        "set -e; echo ~; cd; touch file; test -O \"$HOME\"; mkdir -p .cache/x; rm -r .cache;"
        "echo t > /var/tmp/t; cat /tmp/t; touch /home/x 2>/dev/null || echo 'not beside it';"
        "echo $HOME $LANG",
        "/home/cell\nt\nnot beside it\n/home/cell C.UTF-8\n"
    );
}

TEST_CASE("A cell works at home, below it, above it, and exports from there") {
    for (const char* cwd : {"/home/cell", "/home/cell/project", "/home", "/tmp"}) {
        for (const bool warm : {false, true}) {
            INFO(cwd << ' ' << cold_or_warm(warm));
            auto document = shell_document("touch here ~/there && pwd && echo $HOME");
            document.spec.run->working_directory = cwd;
            ColdOrWarm run{warm, {document}};
            const CellReport report = run(document);
            INFO(report.stderr_text);
            CHECK(report.stdout_text == std::string{cwd} + "\n/home/cell\n");
        }
    }
}

TEST_CASE("What the document says of HOME and LANG holds") {
    auto document = shell_document("echo $HOME $LANG");
    document.spec.environment = cellos::EnvironmentSpec{{{"HOME", "/tmp"}, {"LANG", "C"}}};
    for (const bool warm : {false, true})
        CHECK(ColdOrWarm{warm}(document).stdout_text == "/tmp C\n");
}

TEST_CASE("Files that the host's packages link to can be read, and only that") {
    const auto found = links_into_etc("/", Paths{"usr"});
    REQUIRE(found);
    std::string files;
    const auto etc = read_etc("/", *found);
    REQUIRE(etc);
    for (const auto& [path, entry] : etc->entries)
        if (entry.kind == HostEtc::Kind::File) files += '/' + path + '\n';
    if (files.empty()) CELLOS_SKIP("no link in /usr leads into /etc on this host");
    const auto document = shell_document(
        "while read -r f; do test -r $f || echo cannot read $f; test -w $f && echo could write $f;"
        "done; cat /etc/shadow /etc/machine-id /etc/environment 2> /dev/null; test $? != 0"
    );
    for (const bool warm : {false, true}) {
        INFO(cold_or_warm(warm));
        const auto report =
            ColdOrWarm{warm}(document, {.stdio = cellos::Capture{.stdin_text = files}});
        CHECK(report.stdout_text == "");
        CHECK(report.exit == ExitStatus::exited(0));
    }
}

TEST_CASE("Names of services and protocols are known") {
    if (!host_has("python3")) CELLOS_SKIP("there is no python3");
    if (!fs::exists("/etc/services") || !fs::exists("/etc/protocols"))
        CELLOS_SKIP("this host has no /etc/services or /etc/protocols");
    prints(
        "python3 -c 'import socket, mimetypes; "
        "print(socket.getservbyname(\"https\"), socket.getprotobyname(\"tcp\"))'",
        "443 6\n"
    );
}

TEST_CASE("Java compiles and runs, with its settings, its certificates and in UTF-8") {
    if (!host_has("javac")) CELLOS_SKIP("there is no javac");
    prints(
        "cd; cat > Main.java <<'END'\n"
        "public class Main {\n"
        "  public static void main(String[] a) throws Exception {\n"
        "    javax.net.ssl.SSLContext.getDefault();\n"
        "    System.out.println(\"h\\u00e4llo \" + System.getProperty(\"user.home\"));\n"
        "    System.out.println(java.security.Security.getProviders().length > 0);\n"
        "  }\n"
        "}\n"
        "END\n"
        "javac Main.java && java -Dfile.encoding=UTF-8 Main",
        "h\xc3\xa4llo /home/cell\ntrue\n"
    );
}

TEST_CASE("groff finds its settings") {
    if (!host_has("groff") || !is_there("/etc/groff")) CELLOS_SKIP("there is no groff");
    prints("printf '.TH X 1\\n.SH NAME\\nwords\\n' | groff -man -Tascii | grep -c words", "1\n");
}

TEST_CASE("Maven finds its settings") {
    if (!is_there("/usr/share/maven/bin/mvn")) CELLOS_SKIP("there is no mvn");
    // Not by the link: with 2022's runsc the script's ls fails with EINVAL for every path.
    prints("/usr/share/maven/bin/mvn --version | grep -o 'Apache Maven'", "Apache Maven\n");
}

TEST_CASE("R starts") {
    if (!host_has("Rscript")) CELLOS_SKIP("there is no R");
    prints("Rscript -e 'cat(1 + 1, \"\\n\")'", "2 \n");
}

TEST_CASE("git keeps the settings of its user") {
    if (!host_has("git")) CELLOS_SKIP("there is no git");
    prints("git config --global user.name Me && git config user.name", "Me\n");
}

#endif
