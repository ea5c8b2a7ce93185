/// @file
/// Reads what the agent is sent, within bounds. Pure: no system call and no memory but the
/// caller's, so that tests and a fuzzer run what runs in the sandbox. Functions return 0 or an
/// errno.
#pragma once

#include <cellos/host/sandbox/agent/wire.hpp>

#include <bit>
#include <cerrno>

namespace cellos::inline CELLOS_ABI::sandbox::agent {

/// The most that the body of an Exec holds.
inline constexpr std::size_t max_exec_bytes =
    sizeof(Exec) + max_limits * sizeof(Limit) + max_text_bytes;

/// The T that stands at `bytes`, which need not be aligned.
template <class T>
constexpr T read_as(const char* bytes) {
    struct Bytes {
        char at[sizeof(T)];
    } copy{};
    for (std::size_t i = 0; i < sizeof(T); ++i) copy.at[i] = bytes[i];
    return std::bit_cast<T>(copy);
}

/// May a request begin like this?
constexpr int check(const Head& head) {
    if (head.magic != magic) return EPROTO;
    switch (head.verb) {
    case Verb::Put: return head.bytes >= sizeof(Put) ? 0 : EPROTO;
    case Verb::Exec:
        if (head.bytes > max_exec_bytes) return E2BIG;
        return head.bytes >= sizeof(Exec) ? 0 : EPROTO;
    case Verb::Signal: return head.bytes == sizeof(Signal) ? 0 : EPROTO;
    }
    return EPROTO;
}

/// The body of an Exec, taken apart; what it points to lies in the body.
struct Command {
    Exec exec{};
    const char* limits = nullptr; ///< `exec.limits` times Limit, for read_as
    const char* hostname = nullptr;
    const char* directory = nullptr;
    char** arguments = nullptr; ///< ends with a null
    char** variables = nullptr; ///< ends with a null
};

/// How many strings an Exec with this body has arguments and variables; of one that is refused, any
/// number up to max_strings. The body has room for an Exec.
constexpr std::size_t strings_of(const char* body) {
    const auto exec = read_as<Exec>(body);
    const std::uint64_t count = std::uint64_t{exec.arguments} + exec.variables;
    return count <= max_strings ? static_cast<std::size_t>(count) : 0;
}

/// Takes the body of an Exec apart. `room` strings: at least strings_of() + 2.
constexpr int read_exec(
    char* body, std::size_t size, char** strings, std::size_t room, Command& command
) {
    if (size < sizeof(Exec)) return EPROTO;
    const auto exec = read_as<Exec>(body);
    if (exec.limits > max_limits || exec.arguments > max_strings ||
        exec.variables > max_strings - exec.arguments)
        return E2BIG;
    if (room < std::size_t{exec.arguments} + exec.variables + 2) return E2BIG;
    if (exec.arguments == 0 || exec.merged > 1 || exec.leftovers > Leftovers::Keep) return EPROTO;
    std::size_t at = sizeof(Exec);
    if (size - at < exec.limits * sizeof(Limit)) return EPROTO;
    command.exec = exec;
    command.limits = body + at;
    at += exec.limits * sizeof(Limit);
    if (size - at > max_text_bytes) return E2BIG;
    const auto next = [&]() -> char* {
        char* const string = body + at;
        while (at < size && body[at] != '\0') ++at;
        if (at == size) return nullptr;
        ++at;
        return string;
    };
    command.hostname = next();
    command.directory = command.hostname != nullptr ? next() : nullptr;
    if (command.directory == nullptr) return EPROTO;
    const auto list = [&](char** to, std::uint32_t count) {
        to[count] = nullptr;
        for (std::uint32_t i = 0; i < count; ++i) {
            to[i] = next();
            if (to[i] == nullptr) return false;
        }
        return true;
    };
    command.arguments = strings;
    command.variables = strings + exec.arguments + 1;
    if (!list(command.arguments, exec.arguments) || !list(command.variables, exec.variables))
        return EPROTO;
    return at == size ? 0 : EPROTO;
}

constexpr int check(const Put& put) {
    const bool known = put.directory == Directory::Inputs || put.directory == Directory::Secrets;
    return known ? 0 : EPROTO;
}

/// Of a Put, of whose body `left` bytes are still to come after this File.
constexpr int check(const File& file, std::uint64_t left) {
    if (file.path_bytes > max_path_bytes) return ENAMETOOLONG;
    if (file.path_bytes == 0 || file.mode > 0777) return EPROTO;
    if (left < file.path_bytes || left - file.path_bytes < file.bytes) return EPROTO;
    return 0;
}

/// A path of something below a directory and of nothing beside or above it: names with one slash
/// between two of them. One more at the end makes it a directory's. `size` counts the NUL.
constexpr int check_path(const char* path, std::size_t size) {
    if (size == 0 || path[size - 1] != '\0') return EPROTO;
    std::size_t begin = 0; // of a name
    for (std::size_t i = 0; i < size; ++i) {
        const bool last = i + 1 == size;
        if (path[i] == '\0' && !last) return EPROTO;
        if (path[i] != '/' && !last) continue;
        const std::size_t length = i - begin;
        if (last && length == 0 && begin > 0) return 0;
        const bool dots = length > 0 && path[begin] == '.' &&
                          (length == 1 || (length == 2 && path[begin + 1] == '.'));
        if (length == 0 || dots) return EINVAL;
        begin = i + 1;
    }
    return 0;
}

/// Of a path that check_path() has let pass.
constexpr bool is_directory(const char* path, std::size_t size) {
    return path[size - 2] == '/';
}

/// A path of one name, which is a file's.
constexpr int check_name(const char* name, std::size_t size) {
    if (const int error = check_path(name, size)) return error;
    for (std::size_t i = 0; i < size; ++i)
        if (name[i] == '/') return EINVAL;
    return 0;
}

constexpr int check(const Signal& signal) {
    return signal.number >= 1 && signal.number <= 64 ? 0 : EPROTO;
}

} // namespace cellos::inline CELLOS_ABI::sandbox::agent
