// The brokers that come with the library.

#include "support/catch.hpp"

#include <cellos/broker/environment.hpp>
#include <cellos/broker/memory.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/supervisor.hpp>

#include <sys/socket.h>

#ifdef __linux__
#include "support/temporary_directory.hpp"

#include <cellos/broker/file.hpp>

#include <sys/stat.h>
#include <sys/un.h>
#endif

#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

using namespace cellos;
using Kind = CellosError::Kind;
using Catch::Matchers::ContainsSubstring;
using Names = std::vector<std::string>;

namespace {

CellHandle cell(std::string id) {
    return {.cell_id = std::move(id)};
}

void set_variable(const char* name, const char* value) {
#ifdef _WIN32
    ::_putenv_s(name, value);
#else
    ::setenv(name, value, 1);
#endif
}

} // namespace

TEST_CASE("The environment broker finds variables of this process") {
    set_variable("CELLOS_TEST_TOKEN", "the value");
    const EnvSecretBroker broker;
    const auto secret = broker.resolve("CELLOS_TEST_TOKEN", cell("cell-1"));
    REQUIRE(secret);
    CHECK(secret->reveal() == "the value");
    CHECK(broker.revoke_for_cell("cell-1"));

    const auto missing = broker.resolve("CELLOS_TEST_NO_TOKEN", cell("cell-1"));
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == Kind::SecretBroker);
    CHECK_THAT(missing.error().message, ContainsSubstring("CELLOS_TEST_NO_TOKEN"));
}

TEST_CASE("With a prefix the environment broker gives away what was meant for cells, only") {
    set_variable("CELLOS_TEST_TOKEN", "the value");
    const EnvSecretBroker broker{"CELLOS_TEST_"};
    CHECK(broker.resolve("TOKEN", cell("cell-1"))->reveal() == "the value");
    CHECK_FALSE(broker.resolve("PATH", cell("cell-1")));
    CHECK_FALSE(broker.resolve("CELLOS_TEST_TOKEN", cell("cell-1")));
}

TEST_CASE("The memory broker gives what it was given, and knows who holds it") {
    MemorySecretBroker broker;
    broker.set("TOKEN", Secret{"old"});
    broker.set("TOKEN", Secret{"new"});
    CHECK(broker.resolve("TOKEN", cell("cell-1"))->reveal() == "new");
    CHECK(broker.resolve("TOKEN", cell("cell-10"))->reveal() == "new");
    CHECK(broker.holders() == Names{"cell-1", "cell-10"});
    CHECK(broker.revoke_for_cell("cell-1"));
    CHECK(broker.holders() == Names{"cell-10"});
    CHECK(broker.revoke_for_cell("never-seen"));

    const auto missing = broker.resolve("API_KEY", cell("cell-2"));
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == Kind::SecretBroker);
    CHECK_THAT(missing.error().message, ContainsSubstring("API_KEY"));
    CHECK(broker.holders() == Names{"cell-10"});
}

TEST_CASE("After a life nobody holds a secret of the memory broker") {
    MemorySecretBroker broker;
    broker.set("TOKEN", Secret{"value"});
    ExecutionCellDocument document;
    document.spec.id = "cell-1";
    document.spec.lifetime.ttl_seconds = 60;
    document.spec.authority.secret_refs = {"TOKEN"};
    Supervisor supervisor{StubCellBackend{}, std::ref(broker)};
    REQUIRE(supervisor.run(document));
    CHECK(broker.holders().empty());
    document.spec.authority.secret_refs = {"TOKEN", "UNKNOWN"};
    REQUIRE_FALSE(supervisor.run(document));
    CHECK(broker.holders().empty());
}

#ifdef __linux__

namespace {

using std::filesystem::perms;

// A directory of secrets, as it should be; each test spoils one thing.
struct SecretFiles {
    SecretFiles() { std::filesystem::permissions(directory.path(), perms{0700}); }

    void write(const std::string& name, std::string_view content, unsigned mode = 0600) const {
        directory.write(name, content, perms{mode});
    }
    [[nodiscard]] std::string refusal(const std::string& name, std::size_t limit = 1024) const {
        const auto secret = FileSecretBroker{directory.path(), limit}.resolve(name, cell("cell-1"));
        if (secret) return "none";
        CHECK(secret.error().kind == Kind::SecretBroker);
        CHECK_THAT(secret.error().message, !ContainsSubstring("the value"));
        return secret.error().message;
    }
    [[nodiscard]] std::string value(const std::string& name) const {
        const auto secret = FileSecretBroker{directory.path(), 1024}.resolve(name, cell("cell-1"));
        return secret ? std::string{secret->reveal()} : "refused: " + secret.error().message;
    }

    cellos_test::TemporaryDirectory directory;
};

} // namespace

TEST_CASE("The file broker gives what is in the file, less one newline at its end") {
    const SecretFiles files;
    files.write("TOKEN", "the value\n");
    files.write("EXACT", "the value");
    files.write("TWO", "the value\n\n");
    files.write("EMPTY", "");
    files.write("NEWLINE", "\n");
    files.write("BINARY", std::string_view{"a\0b\r\n", 5});
    files.write("GROUP", "the value", 0640);
    files.write("LONG", std::string(1024, 'x'), 0400);
    CHECK(files.value("TOKEN") == "the value");
    CHECK(files.value("EXACT") == "the value");
    CHECK(files.value("TWO") == "the value\n");
    CHECK(files.value("EMPTY").empty());
    CHECK(files.value("NEWLINE").empty());
    CHECK(files.value("BINARY") == std::string_view{"a\0b\r", 4});
    CHECK(files.value("GROUP") == "the value");
    CHECK(files.value("LONG") == std::string(1024, 'x'));

    files.write("TOKEN", "another one\n");
    CHECK(files.value("TOKEN") == "another one");
    CHECK(FileSecretBroker{files.directory.path()}.revoke_for_cell("cell-1"));
}

TEST_CASE("The file broker refuses what is no plain file of its directory, without waiting for it"
) {
    const SecretFiles files;
    const auto path = files.directory.path();
    files.write("TOKEN", "the value");
    std::filesystem::create_symlink("TOKEN", path / "LINK");
    std::filesystem::create_symlink("/etc/passwd", path / "OUTSIDE");
    std::filesystem::create_directory(path / "FOLDER");
    files.write("FOLDER/TOKEN", "the value");
    REQUIRE(::mkfifo((path / "PIPE").c_str(), 0600) == 0);
    const os::Descriptor server{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    (path / "SOCKET").native().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);

    CHECK_THAT(files.refusal("MISSING"), ContainsSubstring("cannot open MISSING"));
    CHECK_THAT(files.refusal("LINK"), ContainsSubstring("symbolic link"));
    CHECK_THAT(files.refusal("OUTSIDE"), ContainsSubstring("symbolic link"));
    CHECK_THAT(files.refusal("FOLDER"), ContainsSubstring("not a regular file"));
    CHECK_THAT(files.refusal("PIPE"), ContainsSubstring("not a regular file"));
    CHECK_THAT(files.refusal("SOCKET"), ContainsSubstring("cannot open SOCKET"));
    for (const char* name : {"FOLDER/TOKEN", "../TOKEN", "..", ".", "", "/etc/passwd", "TO\nKEN"}) {
        CAPTURE(name);
        CHECK_THAT(files.refusal(name), ContainsSubstring("not a file name"));
    }
}

TEST_CASE("The file broker refuses what others could have written or can read") {
    const SecretFiles files;
    const auto path = files.directory.path();
    files.write("TOKEN", "the value");
    SECTION("the file's mode") {
        for (const unsigned mode : {0604U, 0620U, 0602U, 0644U, 0666U}) {
            CAPTURE(mode);
            files.write("TOKEN", "the value", mode);
            CHECK_THAT(files.refusal("TOKEN"), ContainsSubstring("chmod 0600"));
        }
    }
    SECTION("the directory's mode") {
        std::filesystem::permissions(path, perms{0777});
        CHECK_THAT(files.refusal("TOKEN"), ContainsSubstring("writable by nobody"));
    }
    SECTION("the owners") {
        if (::geteuid() != 0) CELLOS_SKIP("needs root to give files away");
        REQUIRE(::chown((path / "TOKEN").c_str(), 65534, 65534) == 0);
        CHECK_THAT(files.refusal("TOKEN"), ContainsSubstring("must belong to this user or root"));
        files.write("OWN", "the value");
        REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
        CHECK_THAT(files.refusal("OWN"), ContainsSubstring("must belong to this user or root"));
    }
    SECTION("a missing directory") {
        const auto secret = FileSecretBroker{path / "nowhere"}.resolve("TOKEN", cell("cell-1"));
        REQUIRE_FALSE(secret);
        CHECK_THAT(secret.error().message, ContainsSubstring("nowhere"));
    }
    SECTION("the size") {
        CHECK(files.refusal("TOKEN", 9) == "none");
        CHECK_THAT(files.refusal("TOKEN", 8), ContainsSubstring("more than 8 bytes"));
    }
}

#endif
