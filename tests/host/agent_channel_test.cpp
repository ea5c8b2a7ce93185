// The socket between the supervising process and an agent, with a sandbox that does what it likes.
#include "support/agent_end.hpp"
#include "support/catch.hpp"

#include <cellos/host/sandbox/agent/channel.hpp>
#include <cellos/host/sandbox/agent/request.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace {

using namespace cellos::sandbox::agent;
using cellos::CellosError;
using cellos::os::Descriptor;
using cellos::os::Pipe;
using cellos_tests::AgentEnd;
using cellos_tests::put_inputs;
using cellos_tests::Reader;
using cellos_tests::Talk;

constexpr Tell ready{.kind = Kind::Ready};
constexpr Tell ended{.kind = Kind::Ended, .id = 1, .status = 7 << 8, .user_micros = 5};

std::optional<Tell> told(Channel& host) {
    auto tell = host.pump();
    REQUIRE(tell.has_value());
    return *tell;
}

std::string end_of(Channel& host) {
    const auto tell = host.pump();
    REQUIRE_FALSE(tell.has_value());
    CHECK(tell.error().kind == CellosError::Kind::SandboxFailed);
    // There is nothing to wait for, and nothing will come.
    CHECK(host.waited().fd == -1);
    const auto again = host.pump();
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().message == "the sandbox has ended");
    return tell.error().message;
}

std::vector<cellos::InputFile> text_of(std::size_t bytes) {
    std::string text(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
    return {{.name = "text", .source = std::move(text)}};
}

Request exec_with(std::array<Descriptor, 3> streams) {
    const std::vector<std::string> argv{"true"};
    return exec_request(1, {.argv = argv}, std::move(streams)).value();
}

Pipe pipe_of_two() {
    return cellos::os::make_pipe().value();
}

// Nobody holds the other end any more.
bool is_closed(const Descriptor& read_end) {
    pollfd waited{read_end.get(), POLLIN, 0};
    return ::poll(&waited, 1, 0) == 1 && (waited.revents & POLLHUP) != 0;
}

ino_t file_of(const Descriptor& descriptor) {
    struct stat info {};
    REQUIRE(::fstat(descriptor.get(), &info) == 0);
    return info.st_ino;
}

std::ptrdiff_t open_descriptors() {
    return std::distance(
        std::filesystem::directory_iterator{"/proc/self/fd"}, std::filesystem::directory_iterator{}
    );
}

} // namespace

TEST_CASE("Three descriptors arrive with the head of a command and with nothing else") {
    Talk talk;
    std::array<Pipe, 3> pipes{pipe_of_two(), pipe_of_two(), pipe_of_two()};
    std::array<Descriptor, 3> streams{
        std::move(pipes[0].read_end), std::move(pipes[1].write_end), std::move(pipes[2].write_end)};
    std::array<ino_t, 3> files{};
    std::ranges::transform(streams, files.begin(), file_of);
    const auto before = text_of(1000);
    talk.host.send(put_inputs(0, before).value());
    talk.host.send(exec_with(std::move(streams)));
    talk.host.send(signal_request(1, SIGTERM));
    const auto take_message = [&agent = talk.agent] {
        const std::size_t at = agent.received.size();
        REQUIRE(agent.receive(sizeof(Head)));
        const auto head = Reader{std::string_view{agent.received}.substr(at)}.take<Head>();
        REQUIRE(agent.receive(head.bytes));
        CHECK(agent.received.size() == at + sizeof head + head.bytes);
        return head.verb;
    };
    CHECK(take_message() == Verb::Put);
    const std::size_t exec_at = talk.agent.received.size();
    CHECK(take_message() == Verb::Exec);
    CHECK(take_message() == Verb::Signal);

    CHECK(talk.agent.descriptors_at == std::vector{exec_at});
    REQUIRE(talk.agent.descriptors.size() == 3);
    for (std::size_t i = 0; i < files.size(); ++i)
        CHECK(file_of(talk.agent.descriptors[i]) == files[i]);
    // The host keeps none.
    CHECK_FALSE(is_closed(pipes[1].read_end));
    talk.agent.descriptors.clear();
    CHECK(is_closed(pipes[1].read_end));
    CHECK(is_closed(pipes[2].read_end));
}

TEST_CASE("Requests of any size go to a slow reader without blocking and arrive whole, in order") {
    Talk talk;
    const auto inputs = text_of(std::size_t{3} << 20);
    talk.host.send(put_inputs(0, inputs).value());
    std::array<Pipe, 3> pipes{pipe_of_two(), pipe_of_two(), pipe_of_two()};
    talk.host.send(exec_with(
        {std::move(pipes[0].read_end), std::move(pipes[1].write_end), std::move(pipes[2].write_end)}
    ));
    CHECK(talk.host.waited().events == (POLLIN | POLLOUT));
    CHECK_FALSE(told(talk.host));
    CHECK(talk.agent.descriptors.empty());

    SECTION("the sandbox is heard meanwhile") {
        CHECK(talk.agent.say(ready));
        REQUIRE(told(talk.host));
        CHECK_FALSE(told(talk.host));
    }
    SECTION("also by a channel that has moved") {
        Channel moved = std::move(talk.host);
        CHECK(talk.host.waited().fd == -1);
        talk.host = std::move(moved);
    }
    // Less each time than what makes room.
    while ((talk.host.waited().events & POLLOUT) != 0) {
        CHECK(talk.agent.receive(10'007));
        CHECK_FALSE(told(talk.host));
    }
    CHECK(talk.host.waited().events == POLLIN);
    talk.pass_on();

    Reader reader{talk.agent.received};
    CHECK(reader.take<Head>().verb == Verb::Put);
    CHECK(reader.take<Put>().files == 1);
    CHECK(reader.bytes(reader.take<File>().path_bytes) == std::string_view{"text", 5});
    const auto& text = std::get<std::string>(inputs.front().source);
    CHECK((reader.bytes(text.size()) == text));
    const auto exec = reader.take<Head>();
    CHECK(exec.verb == Verb::Exec);
    reader.bytes(exec.bytes);
    CHECK(reader.empty());
    CHECK(talk.agent.descriptors.size() == 3);
}

TEST_CASE("A Tell counts once all of it has come") {
    Talk talk;
    const std::string_view bytes = AgentEnd::bytes_of(ended);
    for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
        CHECK(talk.agent.say(bytes.substr(i, 1)));
        CHECK_FALSE(told(talk.host));
    }
    CHECK(talk.agent.say(bytes.substr(bytes.size() - 1)));
    const auto tell = told(talk.host);
    REQUIRE(tell);
    CHECK(AgentEnd::bytes_of(*tell) == bytes);
    CHECK_FALSE(told(talk.host));
}

TEST_CASE("Tells that come together are taken one at a time") {
    Talk talk;
    const Tell started{.kind = Kind::Started, .id = 1};
    std::string bytes;
    for (const Tell* tell : {&ready, &started, &ended}) bytes += AgentEnd::bytes_of(*tell);
    CHECK(talk.agent.say(bytes + "begun"));
    CHECK(told(talk.host).value().kind == Kind::Ready);
    CHECK(told(talk.host).value().kind == Kind::Started);
    CHECK(told(talk.host).value().kind == Kind::Ended);
    CHECK_FALSE(told(talk.host));
}

TEST_CASE("After what no agent sends nothing of the sandbox's is taken any more") {
    Talk talk;
    SECTION("text") {
        CHECK(talk.agent.say(std::string(sizeof(Tell), 'x')));
    }
    SECTION("another version") {
        Tell other = ready;
        ++other.magic;
        CHECK(talk.agent.say(other));
    }
    SECTION("a Tell that is one byte late") {
        CHECK(talk.agent.say(std::string{'\0'}.append(AgentEnd::bytes_of(ready))));
    }
    CHECK(talk.agent.say(ready));
    CHECK(end_of(talk.host) == "the sandbox sent what its agent does not send");
    CHECK_FALSE(talk.agent.say(ready));
}

TEST_CASE("A sandbox that has closed its end has ended once its last words are taken") {
    Talk talk;
    SECTION("without a word") {
        talk.agent.close();
        CHECK(talk.host.waited().events == POLLIN);
    }
    SECTION("in the middle of one") {
        CHECK(talk.agent.say(AgentEnd::bytes_of(ready).substr(0, 47)));
        talk.agent.close();
        CHECK_FALSE(told(talk.host));
    }
    SECTION("after one") {
        CHECK(talk.agent.say(ended));
        talk.agent.close();
        CHECK(told(talk.host));
    }
    SECTION("although it was sent something") {
        talk.host.send(signal_request(1, SIGTERM));
        CHECK(talk.agent.say(ended));
        talk.agent.close();
        talk.host.send(signal_request(1, SIGKILL));
        CHECK(told(talk.host));
    }
    CHECK(end_of(talk.host) == "the sandbox has ended");
}

TEST_CASE("A sandbox that reads no more is not waited for") {
    Talk talk;
    const auto inputs = text_of(std::size_t{1} << 20);
    talk.host.send(put_inputs(0, inputs).value());
    CHECK(talk.agent.say(ended));
    REQUIRE(::shutdown(talk.agent.socket(), SHUT_RD) == 0);
    CHECK(told(talk.host));
    CHECK(talk.host.waited().events == POLLIN);
    CHECK(end_of(talk.host) == "the sandbox has ended");
}

TEST_CASE("What was not sent to a sandbox that is gone lets go of its streams") {
    Talk talk;
    auto output = pipe_of_two();
    const auto inputs = text_of(std::size_t{1} << 20);
    const auto ask = [&] {
        auto null = cellos::os::open_at(AT_FDCWD, "/dev/null", O_RDWR).value();
        auto other = cellos::os::open_at(AT_FDCWD, "/dev/null", O_RDWR).value();
        talk.host.send(exec_with({std::move(null), std::move(output.write_end), std::move(other)}));
    };
    SECTION("that waited for its turn") {
        talk.host.send(put_inputs(0, inputs).value());
        ask();
        CHECK_FALSE(is_closed(output.read_end));
        talk.agent.close();
        CHECK(end_of(talk.host) == "the sandbox has ended");
        CHECK(is_closed(output.read_end));
    }
    SECTION("that came too late") {
        CHECK(talk.agent.say(std::string(sizeof(Tell), 'x')));
        end_of(talk.host);
        ask();
        CHECK(is_closed(output.read_end));
    }
}

TEST_CASE("Descriptors that a sandbox sends are not taken") {
    Talk talk;
    auto pipe = pipe_of_two();
    const std::vector<int> passed(100, pipe.write_end.get());
    const auto before = open_descriptors();
    const std::string_view bytes = AgentEnd::bytes_of(ready);
    SECTION("with a Tell") {
        CHECK(talk.agent.say(bytes, passed));
    }
    SECTION("with each part of one") {
        CHECK(talk.agent.say(bytes.substr(0, 10), passed));
        CHECK(talk.agent.say(bytes.substr(10), passed));
        CHECK_FALSE(told(talk.host));
    }
    CHECK(told(talk.host));
    CHECK(open_descriptors() == before);
    pipe.write_end.reset();
    CHECK(is_closed(pipe.read_end));
}

TEST_CASE("A channel to nobody takes nothing and has nothing to wait for") {
    Channel nobody;
    auto output = pipe_of_two();
    nobody.send(exec_with({Descriptor{}, std::move(output.write_end), Descriptor{}}));
    CHECK(is_closed(output.read_end));
    CHECK(nobody.waited().fd == -1);
    CHECK(end_of(nobody) == "the sandbox has ended");
}
