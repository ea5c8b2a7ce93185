// Whatever the agent is sent is either refused, or a request that is all of the message and lies in
// it. The host writes these messages; that it errs must not become a command that it didn't mean.
#include "fuzz/require.hpp"

#include <cellos/host/sandbox/agent/read_request.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

using namespace cellos::sandbox::agent;
using cellos_fuzz::require;

namespace {

template <class T>
std::string bytes_of(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

void read_as_exec(std::string_view message) {
    // Just as large as needed, so that the address sanitizer sees who goes beyond.
    std::vector<char> body(message.begin(), message.end());
    std::vector<char*> strings(strings_of(body.data()) + 2);
    Command command;
    if (read_exec(body.data(), body.size(), strings.data(), strings.size(), command) != 0) return;
    std::string again = bytes_of(command.exec);
    for (std::uint32_t i = 0; i < command.exec.limits; ++i)
        again += bytes_of(read_as<Limit>(command.limits + i * sizeof(Limit)));
    std::uint32_t count = 0;
    const auto add = [&](const char* text) { again.append(text).push_back('\0'); };
    add(command.hostname);
    add(command.directory);
    for (char** at = command.arguments; *at != nullptr; ++at, ++count) add(*at);
    require(count == command.exec.arguments, "there are as many arguments as were said");
    for (char** at = command.variables; *at != nullptr; ++at, ++count) add(*at);
    require(
        count - command.exec.arguments == command.exec.variables,
        "there are as many variables as were said"
    );
    require(again == message, "a command is what its message says, and nothing else");
}

void read_as_path(const std::vector<char>& path) {
    const bool is_name = check_name(path.data(), path.size()) == 0;
    if (check_path(path.data(), path.size()) != 0) return require(!is_name, "a name is a path");
    std::string_view rest{path.data()};
    require(rest.size() + 1 == path.size(), "a path ends with its only NUL");
    require(
        is_name == (rest.find('/') == std::string_view::npos), "a path without slashes is a name"
    );
    const bool directory = is_directory(path.data(), path.size());
    require(directory == rest.ends_with('/'), "a slash at the end is a directory's");
    if (directory) rest.remove_suffix(1);
    for (std::size_t end = 0; end != std::string_view::npos; rest.remove_prefix(end + 1)) {
        end = rest.find('/');
        const auto name = rest.substr(0, end);
        require(!name.empty() && name != "." && name != "..", "a path leads nowhere else");
        if (end == std::string_view::npos) break;
    }
}

void read_as_put(std::string_view message) {
    const auto put = read_as<Put>(message.data());
    if (check(put) != 0) return;
    message.remove_prefix(sizeof(Put));
    for (std::uint32_t i = 0; i < put.files; ++i) {
        if (message.size() < sizeof(File)) return;
        const auto file = read_as<File>(message.data());
        message.remove_prefix(sizeof(File));
        if (check(file, message.size()) != 0) return;
        require(file.path_bytes + file.bytes <= message.size(), "a file is in its message");
        require(file.mode <= 0777, "a file has permission bits only");
        read_as_path({message.begin(), message.begin() + file.path_bytes});
        message.remove_prefix(file.path_bytes + static_cast<std::size_t>(file.bytes));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view message{reinterpret_cast<const char*>(data), size};
    if (message.size() < sizeof(Head)) return 0;
    auto head = read_as<Head>(message.data());
    message.remove_prefix(sizeof(Head));
    // Rarely guessed, and of no interest here.
    head.magic = magic;
    head.bytes = message.size();
    if (check(head) != 0) return 0;
    switch (head.verb) {
    case Verb::Exec: read_as_exec(message); break;
    case Verb::Put: read_as_put(message); break;
    case Verb::Signal:
        if (const auto signal = read_as<Signal>(message.data()); check(signal) == 0)
            require(signal.number >= 1 && signal.number <= 64, "a signal is one that there is");
        break;
    }
    return 0;
}
