// What is made of the answers of a sandbox, with a socket of the test in its place.
#include "support/catch.hpp"
#include "support/gvisor_fixture.hpp"

#include <cellos/host/gvisor/runsc/control_socket.hpp>
#include <cellos/os/wait.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include <sys/socket.h>
#include <sys/un.h>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;

namespace {

/// A socket where runsc of 2024 has its sandbox's.
class Sandbox {
public:
    Sandbox() {
        std::filesystem::create_directories(root());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string file = (root() / "runsc-c1.sock").native();
        REQUIRE(file.size() < sizeof address.sun_path);
        std::memcpy(address.sun_path, file.data(), file.size());
        listener_ = os::Descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + file.size());
        REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(listener_.get(), 1) == 0);
    }

    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;
    ~Sandbox() {
        std::error_code error;
        std::filesystem::remove_all(root(), error);
    }

    [[nodiscard]] std::filesystem::path root() const { return state_.path() / "runsc"; }

    /// Takes the connection and returns what it was asked.
    std::string accept() {
        connection_ = os::Descriptor{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        REQUIRE(connection_);
        char text[256];
        const ssize_t got = ::recv(connection_.get(), text, sizeof text, 0);
        REQUIRE(got > 0);
        return {text, static_cast<std::size_t>(got)};
    }
    void answer(const std::string& text) {
        REQUIRE(os::write_all(connection_.get(), text).has_value());
    }
    void hang_up() { connection_.reset(); }

private:
    StateDirectory state_;
    os::Descriptor listener_;
    os::Descriptor connection_;
};

std::optional<unsigned> end_told_by(const std::string& text) {
    Sandbox sandbox;
    auto request = gvisor::WaitRequest::ask(sandbox.root(), "c1");
    CHECK(sandbox.accept() == R"({"method":"containerManager.Wait","arg":"c1"})");
    CHECK_FALSE(os::is_ready(request.waited().fd, POLLIN));
    if (text.empty())
        sandbox.hang_up();
    else
        sandbox.answer(text);
    REQUIRE(os::is_ready(request.waited().fd, POLLIN));
    const auto told = request.answer();
    CHECK(request.waited().fd == -1); // nothing more is to come
    return told;
}

} // namespace

TEST_CASE("A sandbox tells how its first process ended") {
    CHECK(end_told_by(R"({"success":true,"err":"","result":0})") == 0U);
    CHECK(end_told_by(R"({"success":true,"err":"","result":35072})") == 137U << 8);
    CHECK(end_told_by(R"({"success":true,"err":"","result":9})") == unsigned{SIGKILL});
}

TEST_CASE("What is no answer leaves it to runsc to say how a process ended") {
    CHECK(end_told_by("") == std::nullopt);
    CHECK(end_told_by(R"({"success":false,"err":"no such container","result":0})") == std::nullopt);
    CHECK(end_told_by(R"({"success":true,"err":"","result":)") == std::nullopt);
    CHECK(end_told_by(R"({"success":true,"err":"","result":350)") == std::nullopt); // cut off
    CHECK(end_told_by(R"({"success":true,"err":"","result":-1})") == std::nullopt);
    CHECK(end_told_by(R"({"success":true,"err":"","result":99999999999})") == std::nullopt);
    CHECK(end_told_by("HTTP/1.1 200 OK") == std::nullopt);
    const auto nobody = gvisor::WaitRequest::ask("/no/such/directory", "c1");
    CHECK(nobody.waited().fd == -1);
}

TEST_CASE("A signal counts as sent only when the sandbox says so before the deadline") {
    Sandbox sandbox;
    const auto already = os::Clock::now();
    CHECK_FALSE(gvisor::signal_by_control_socket(sandbox.root(), "c1", SIGTERM, already));
    CHECK(
        sandbox.accept() ==
        R"({"method":"containerManager.Signal","arg":{"CID":"c1","Signo":15,"PID":0,"Mode":0}})"
    );
    CHECK_FALSE(gvisor::signal_by_control_socket(sandbox.root(), "c2", SIGTERM, already + 20s));
}
