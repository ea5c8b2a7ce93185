/// @file
/// Finds and executes a program, for the agent alone.
#pragma once

#include <cellos/host/sandbox/agent/calls.hpp>
#include <cellos/host/sandbox/agent/wire.hpp>

#include <linux/errno.h>

namespace cellos::inline CELLOS_ABI::sandbox::agent {

/// What could not be done, and why.
struct Failure {
    Step step = Step::None;
    int error = 0;
};

constexpr Failure failed(Step step, long result) {
    return {step, static_cast<int>(-result)};
}

constexpr std::size_t length(const char* string) {
    std::size_t count = 0;
    while (string[count] != '\0') ++count;
    return count;
}

constexpr bool has_slash(const char* string) {
    for (; *string != '\0'; ++string)
        if (*string == '/') return true;
    return false;
}

constexpr const char* value_of_path(char* const* variables) {
    for (; *variables != nullptr; ++variables) {
        const char* at = *variables;
        if (at[0] == 'P' && at[1] == 'A' && at[2] == 'T' && at[3] == 'H' && at[4] == '=')
            return at + 5;
    }
    return "";
}

/// As runsc looks for a program: a file that cannot be executed is none, and of the PATH only
/// absolute directories count, since what others mean depends on where the command stands. Returns
/// why it could not be executed.
[[nodiscard]] inline Failure execute(char* const* arguments, char* const* variables) {
    const char* const program = arguments[0];
    if (has_slash(program))
        return failed(Step::Execute, call(__NR_execve, program, arguments, variables));
    static char path[4096];
    const std::size_t program_size = length(program);
    for (const char* at = value_of_path(variables); *at != '\0';) {
        std::size_t size = 0;
        while (at[size] != '\0' && at[size] != ':') ++size;
        if (*at == '/' && program_size > 0 && size + 1 + program_size < sizeof path) {
            for (std::size_t i = 0; i < size; ++i) path[i] = at[i];
            path[size] = '/';
            for (std::size_t i = 0; i <= program_size; ++i) path[size + 1 + i] = program[i];
            const long result = call(__NR_execve, path, arguments, variables);
            if (result != -ENOENT && result != -ENOTDIR && result != -EACCES)
                return failed(Step::Execute, result);
        }
        at += size;
        if (*at == ':') ++at;
    }
    return failed(Step::Search, -ENOENT);
}

} // namespace cellos::inline CELLOS_ABI::sandbox::agent
