#pragma once

#include <cellos/host/gvisor/launcher/wire.hpp>
#include <cellos/host/gvisor/run/launcher_error.hpp>
#include <cellos/os/descriptor.hpp>

#include <cerrno>
#include <cstring>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL CellosError launcher_error(std::string_view message, const std::string& program) {
    launcher::Failure told;
    std::memcpy(&told, message.data(), sizeof told);
    using enum launcher::Step;
    using Kind = CellosError::Kind;
    if (told.step == Search || (told.step == Execute && told.error == ENOENT))
        return {Kind::CommandNotFound, program};
    if (told.step == Execute &&
        (told.error == EACCES || told.error == ENOEXEC || told.error == ENOTDIR))
        return {Kind::CommandNotExecutable, program};
    const auto what = [&]() -> std::string_view {
        switch (told.step) {
        case Read: return "the sandbox did not understand what to run";
        case Inputs: return "the sandbox could not write the input files";
        case Hostname: return "the sandbox could not take its name";
        case Drop: return "the sandbox could not give up its privileges";
        case Secrets: return "the sandbox could not write the secrets";
        case Limits: return "the sandbox could not set a limit";
        case Directory: return "the workload's working directory cannot be entered";
        case Search:
        case Execute: break;
        }
        return "the program cannot be executed";
    };
    return {Kind::SandboxFailed, os::failure(what(), told.error).value().message};
}

} // namespace cellos::inline CELLOS_ABI::gvisor
