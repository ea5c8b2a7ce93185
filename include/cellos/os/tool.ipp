#pragma once

#include <cellos/core/visible.hpp>
#include <cellos/os/pump.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/stdio.hpp>
#include <cellos/os/tool.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL Result<std::string> find_program(std::string_view name, std::string_view path) {
    const auto executable = [](const std::string& file) {
        std::error_code ignored;
        return std::filesystem::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0;
    };
    const auto not_found = [&] {
        return cellos::failure(CellosError::Kind::CommandNotFound, visible(name));
    };
    if (name.empty()) return not_found();
    if (name.find('/') != std::string_view::npos) {
        std::string file{name};
        if (executable(file)) return file;
        std::error_code ignored;
        if (!std::filesystem::exists(file, ignored)) return not_found();
        return cellos::failure(CellosError::Kind::CommandNotExecutable, visible(file));
    }
    while (!path.empty()) {
        const std::string_view directory = path.substr(0, path.find(':'));
        path.remove_prefix((std::min)(path.size(), directory.size() + 1));
        std::string file{directory.empty() ? std::string_view{"."} : directory};
        file += '/';
        file += name;
        if (executable(file)) return file;
    }
    return not_found();
}

CELLOS_DECL Result<ToolOutput> run_tool(SpawnRequest request, Clock::time_point deadline) {
    CapturedOutput captured;
    auto stdio = StdioBridge::open(Capture{}, captured);
    if (!stdio) return failure_of(stdio);
    request.stdio = stdio->child_ends();
    auto held = spawn(request);
    if (!held) return failure_of(held);
    auto child = std::move(*held).release();
    if (!child) return failure_of(child);
    stdio->close_child_ends();
    const Wake wake = pump_until(child->pidfd(), *stdio, -1, deadline);
    child->signal_group(SIGKILL);
    auto status = child->reap();
    if (!status) return failure_of(status);
    if (wake != Wake::Ended) {
        return cellos::failure(
            CellosError::Kind::Host, request.program + " did not answer within its deadline"
        );
    }
    stdio->drain();
    return ToolOutput{*status, std::move(captured.stdout_text), std::move(captured.stderr_text)};
}

} // namespace cellos::inline CELLOS_ABI::os
