// The requests to an agent, byte by byte as it receives them.
#include "support/agent_end.hpp"
#include "support/catch.hpp"
#include "support/marker.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/host/sandbox/agent/request.hpp>

#include <array>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>

namespace {

using namespace cellos::sandbox::agent;
using namespace std::string_literals;
using Catch::Matchers::ContainsSubstring;
using cellos::CellosError;
using cellos::InputFile;
using cellos::ResolvedSecret;
using cellos::os::Descriptor;
using cellos_test::TemporaryDirectory;
using cellos_tests::put_inputs;
using cellos_tests::Reader;
using cellos_tests::sent_bytes;

/// A file as the agent is to store it.
struct Stored {
    std::string name;
    std::uint32_t mode;
    std::string content;

    friend bool operator==(const Stored&, const Stored&) = default;
};

Head take_head(Reader& reader, Verb verb, std::uint32_t id, std::size_t all) {
    const auto head = reader.take<Head>();
    CHECK(head.magic == magic);
    CHECK(head.verb == verb);
    CHECK(head.id == id);
    CHECK(head.bytes == all - sizeof(Head));
    CHECK(head.reserved == 0);
    return head;
}

struct Files {
    Put put;
    std::vector<Stored> files{};
};

Files files_of(std::string_view bytes) {
    Reader reader{bytes};
    take_head(reader, Verb::Put, 0, bytes.size());
    Files taken{reader.take<Put>()};
    for (std::uint32_t i = 0; i < taken.put.files; ++i) {
        const auto file = reader.take<File>();
        std::string name{reader.bytes(file.path_bytes)};
        REQUIRE(name.back() == '\0');
        name.pop_back();
        taken.files.push_back({name, file.mode, std::string{reader.bytes(file.bytes)}});
    }
    CHECK(reader.empty());
    return taken;
}

InputFile input(std::string name, std::string bytes) {
    return {.name = std::move(name), .source = std::move(bytes)};
}

InputFile input(std::string name, std::filesystem::path file) {
    return {.name = std::move(name), .source = std::move(file)};
}

ResolvedSecret secret(std::string name, std::string_view value) {
    return {std::move(name), cellos::Secret{std::string{value}}};
}

CellosError refusal(const std::vector<InputFile>& inputs) {
    const auto request = put_inputs(0, inputs);
    REQUIRE_FALSE(request.has_value());
    return request.error();
}

struct Command {
    Exec exec;
    std::vector<Limit> limits{};
    std::vector<std::string> strings{};
};

Command command_of(std::string_view bytes, std::uint32_t id) {
    Reader reader{bytes};
    take_head(reader, Verb::Exec, id, bytes.size());
    Command command{reader.take<Exec>()};
    for (std::uint32_t i = 0; i < command.exec.limits; ++i)
        command.limits.push_back(reader.take<Limit>());
    while (!reader.empty()) command.strings.emplace_back(reader.string());
    CHECK(command.strings.size() == 2 + command.exec.arguments + command.exec.variables);
    return command;
}

// With no streams: none of this is about them.
Command command_of(const ExecOptions& options) {
    return command_of(sent_bytes(exec_request(1, options, {}).value()), 1);
}

CellosError refusal(const ExecOptions& options) {
    const auto request = exec_request(1, options, {});
    REQUIRE_FALSE(request.has_value());
    return request.error();
}

} // namespace

TEST_CASE("Input files reach the agent as they are, from memory and from the host's files") {
    const TemporaryDirectory directory;
    const std::string large(std::size_t{200} << 10, 'x');
    std::vector<InputFile> inputs{
        input("text", "a\0b\n"s),
        input("empty", ""s),
        input("file", directory.write("f", "of the host")),
        input("nothing", directory.write("n", "")),
        input("large", directory.write("l", large))};
    inputs[0].mode = 0555;
    const auto [put, files] = files_of(sent_bytes(put_inputs(0, inputs).value()));
    CHECK(put.directory == Directory::Inputs);
    CHECK(put.uid == 0);
    CHECK(put.gid == 0);
    CHECK(
        files ==
        std::vector<Stored>{
            {"text", 0555, "a\0b\n"s},
            {"empty", 0444, ""},
            {"file", 0444, "of the host"},
            {"nothing", 0444, ""},
            {"large", 0444, large}}
    );

    SECTION("none is a request as well") {
        CHECK(files_of(sent_bytes(put_inputs(0, {}).value())).files.empty());
    }
}

TEST_CASE("An input file that changes after it was opened has the size that it had then") {
    const TemporaryDirectory directory;
    const auto path = directory.write("f", std::string(100'000, 'x'));
    const std::vector<InputFile> inputs{input("f", path), input("next", "y"s)};
    auto request = put_inputs(0, inputs).value();
    const auto check = [&](const std::string& expected) {
        const auto files = files_of(sent_bytes(std::move(request))).files;
        REQUIRE(files.size() == 2);
        CHECK(files[0].content == expected);
        CHECK(files[1] == Stored{"next", 0444, "y"});
    };

    SECTION("what is missing is filled up") {
        std::filesystem::resize_file(path, 70'000);
        check(std::string(70'000, 'x') + std::string(30'000, '\0'));
    }
    SECTION("also if nothing is left") {
        std::filesystem::resize_file(path, 0);
        check(std::string(100'000, '\0'));
    }
    SECTION("what is more is left out") {
        std::filesystem::resize_file(path, 200'000);
        check(std::string(100'000, 'x'));
    }
    SECTION("another file of that name is another file") {
        std::filesystem::remove(path);
        directory.write("f", "z");
        check(std::string(100'000, 'x'));
    }
}

TEST_CASE("An input file that cannot be read is refused by the path that the caller gave") {
    const TemporaryDirectory directory;
    const auto fifo = directory.path() / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    for (const auto& path : {directory.path() / "missing", directory.path(), fifo}) {
        INFO(path);
        const CellosError error = refusal(std::vector{input("good", "x"s), input("data", path)});
        CHECK(error.kind == CellosError::Kind::Host);
        CHECK_THAT(error.message, ContainsSubstring("cannot copy " + path.native() + ": "));
    }
    CHECK_THAT(
        refusal(std::vector{input("data", directory.path() / "missing")}).message,
        ContainsSubstring("No such file or directory")
    );
    CHECK_THAT(
        refusal(std::vector{input("data", directory.path())}).message,
        ContainsSubstring("it is a directory")
    );
}

TEST_CASE("Secrets as files are the cell's user's alone, whatever bytes they have") {
    std::vector<ResolvedSecret> secrets;
    secrets.push_back(secret("TOKEN", "a\0b\n"s));
    secrets.push_back(secret("EMPTY", ""));
    const auto [put, files] = files_of(sent_bytes(put_secrets(0, secrets, {1000, 1001})));
    CHECK(put.directory == Directory::Secrets);
    CHECK(put.uid == 1000);
    CHECK(put.gid == 1001);
    CHECK(files == std::vector<Stored>{{"TOKEN", 0400, "a\0b\n"s}, {"EMPTY", 0400, ""}});
}

TEST_CASE("The request for a command has all that the command is") {
    const std::vector<std::string> argv{"./tool", "", "a b\n\xFF"};
    const std::vector<std::string> environment{"PATH=/bin", "EMPTY="};
    std::vector<ResolvedSecret> secrets;
    secrets.push_back(secret("TOKEN", "s3cr3t=\n"));
    secrets.push_back(secret("NONE", ""));
    const std::vector<Limit> limits{
        {.value = 63, .resource = RLIMIT_NPROC},
        {.value = std::uint64_t{1} << 40, .resource = RLIMIT_AS}};
    const auto request = [&] {
        return exec_request(
                   7,
                   {.user = {1000, 1001},
                    .hostname = "build-7",
                    .working_directory = "/work",
                    .argv = argv,
                    .environment = environment,
                    .secrets = secrets,
                    .limits = limits},
                   {}
        )
            .value();
    };
    const Command command = command_of(sent_bytes(request()), 7);
    CHECK(command.exec.uid == 1000);
    CHECK(command.exec.gid == 1001);
    CHECK(command.exec.arguments == 3);
    CHECK(command.exec.variables == 4);
    REQUIRE(command.limits.size() == 2);
    CHECK(command.limits[0].resource == RLIMIT_NPROC);
    CHECK(command.limits[0].value == 63);
    CHECK(command.limits[1].resource == RLIMIT_AS);
    CHECK(command.limits[1].value == std::uint64_t{1} << 40);
    CHECK(
        command.strings ==
        std::vector<std::string>{
            "build-7",
            "/work",
            "./tool",
            "",
            "a b\n\xFF",
            "PATH=/bin",
            "EMPTY=",
            "TOKEN=s3cr3t=\n",
            "NONE="}
    );

    SECTION("or as little as a command can be") {
        const std::vector<std::string> least{"true"};
        const Command bare = command_of({.argv = least});
        CHECK(bare.limits.empty());
        CHECK(bare.exec.variables == 0);
        CHECK(bare.strings == std::vector<std::string>{"", "", "true"});
    }
}

TEST_CASE("A request has no more text and no more strings than the agent has room for") {
    // Each string takes a NUL beside itself; the host name and the directory are two.
    const std::vector<std::string> longest{"true", std::string(max_text_bytes - 8, 'x')};
    CHECK(command_of({.argv = longest}).strings[3] == longest[1]);
    using enum CellosError::Kind;
    const auto too_much = [](const ExecOptions& options) {
        const CellosError error = refusal(options);
        CHECK(error.kind == ArgvTooLarge);
        CHECK(
            error.message ==
            "its arguments and variables are more than one request to the sandbox has room for "
            "(2097152 bytes, 32768 of them)"
        );
    };
    too_much({.hostname = "h", .argv = longest});
    too_much({.working_directory = "/", .argv = longest});
    const std::vector<std::string> one_variable{""};
    too_much({.argv = longest, .environment = one_variable});
    std::vector<ResolvedSecret> secrets;
    secrets.push_back(secret("S", ""));
    too_much({.argv = longest, .secrets = secrets});
    // A secret is a variable with its name, "=" and a NUL.
    std::vector<std::string> with_secret = longest;
    with_secret[1].resize(with_secret[1].size() - 3);
    CHECK(command_of({.argv = with_secret, .secrets = secrets}).strings[4] == "S=");
    with_secret[1] += 'x';
    too_much({.argv = with_secret, .secrets = secrets});

    std::vector<std::string> most(max_strings - 2);
    CHECK(
        command_of({.argv = most, .environment = one_variable, .secrets = secrets})
            .exec.arguments == max_strings - 2
    );
    most.emplace_back();
    too_much({.argv = most, .environment = one_variable, .secrets = secrets});
    most.emplace_back();
    CHECK(command_of({.argv = most}).exec.arguments == max_strings);

    SECTION("limits are not text") {
        const std::vector<Limit> limits(max_limits);
        CHECK(command_of({.argv = longest, .limits = limits}).limits.size() == max_limits);
    }
}

TEST_CASE("A secret with a NUL cannot be a variable and is refused by its name alone") {
    const std::vector<std::string> argv{"true"};
    std::vector<ResolvedSecret> secrets;
    secrets.push_back(secret("GOOD", "x"));
    secrets.push_back(secret("TOKEN", "s3cr3t\0x"s));
    const CellosError error = refusal(ExecOptions{.argv = argv, .secrets = secrets});
    CHECK(error.kind == CellosError::Kind::SecretBroker);
    CHECK(
        error.message ==
        "the secret TOKEN holds a NUL and cannot be an environment variable: deliver it as a file"
    );
}

TEST_CASE("Neither a request nor its way through the channel leaves a copy of a secret") {
    const cellos_tests::Marker marker;
    std::vector<ResolvedSecret> secrets;
    secrets.push_back({"TOKEN", marker.secret()});
    const std::vector<std::string> argv{"true"};
    auto exec = exec_request(1, {.argv = argv, .secrets = secrets}, {}).value();
    auto put = put_secrets(0, secrets, {1000, 1000});
    CHECK(marker.memory_with_it().empty());
    cellos_tests::Talk talk;
    talk.host.send(std::move(put));
    talk.host.send(std::move(exec));
    CHECK((talk.host.waited().events & POLLOUT) == 0);
    CHECK(marker.memory_with_it().empty());
    // Both have gone, and would have been found.
    talk.pass_on();
    CHECK_FALSE(marker.memory_with_it().empty());
    const std::string_view received = talk.agent.received;
    const auto put_size = sizeof(Head) + Reader{received}.take<Head>().bytes;
    CHECK(marker.in(received.substr(0, put_size)));
    CHECK(marker.in(received.substr(put_size)));
}

TEST_CASE("The request for a signal has its number and that of the command") {
    const std::string bytes = sent_bytes(signal_request(9, SIGTERM));
    Reader reader{bytes};
    take_head(reader, Verb::Signal, 9, bytes.size());
    CHECK(reader.take<Signal>().number == SIGTERM);
    CHECK(reader.empty());
}
