#pragma once

#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/os/tool.hpp>
#include <cellos/os/wait.hpp>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL std::vector<std::string> platforms_listed(std::string_view flags) {
    constexpr std::string_view lead = "which platform to use:";
    std::vector<std::string> names;
    const auto start = flags.find(lead);
    if (start == std::string_view::npos) return names;
    auto line = flags.substr(start + lead.size());
    line = line.substr(0, line.find_first_of(".\n"));
    std::string name;
    bool in_parentheses = false;
    for (const char c : line) {
        if (c == '(' || c == ')') in_parentheses = c == '(';
        if (!in_parentheses && c >= 'a' && c <= 'z') {
            name += c;
        } else if (!name.empty()) {
            names.push_back(std::exchange(name, {}));
        }
    }
    if (!name.empty()) names.push_back(std::move(name));
    return names;
}

CELLOS_DECL Result<std::string> choose_platform(
    const std::vector<std::string>& known, const std::string& configured
) {
    const auto knows = [&](std::string_view name) {
        return std::find(known.begin(), known.end(), name) != known.end();
    };
    if (configured.empty()) {
        for (const auto* name : {"systrap", "ptrace"}) {
            if (knows(name)) return name;
        }
        return failure(
            CellosError::Kind::Host, "this runsc knows neither the systrap nor the ptrace platform"
        );
    }
    if (knows(configured)) return configured;
    std::string message = "this runsc does not know the platform '" + configured + "'; it knows:";
    for (const auto& name : known) message += " " + name;
    return failure(CellosError::Kind::Unsupported, std::move(message));
}

CELLOS_DECL std::vector<std::string> runsc_environment() {
    return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
}

CELLOS_DECL Result<Runsc> find_runsc(const GVisorConfig& config) {
    constexpr auto hint =
        "; install gVisor's runsc (Debian and Ubuntu: the package `runsc`) or configure its path";
    const char* path = std::getenv("PATH");
    auto program = os::find_program(
        config.runsc.empty() ? "runsc" : config.runsc.native(), path != nullptr ? path : ""
    );
    if (!program) {
        const bool missing = program.error().kind == CellosError::Kind::CommandNotFound;
        return failure(
            CellosError::Kind::Host,
            program.error().message + (missing ? " was not found" : " is not executable") + hint
        );
    }
    const AnySpan span = begin_span(config.spans, "runsc flags", {});
    const auto flags = os::run_tool(
        {.program = *program, .argv = {"runsc", "flags"}, .environment = runsc_environment()},
        os::Clock::now() + config.runsc_deadline
    );
    if (!flags)
        return failure(
            CellosError::Kind::Host,
            *program + " could not be asked for its flags: " + flags.error().message
        );
    // 20221219 lists them on stderr.
    auto known = platforms_listed(flags->stdout_text + flags->stderr_text);
    if (known.empty())
        return failure(
            CellosError::Kind::Host, *program + " does not answer like gVisor's runsc" + hint
        );
    auto platform = choose_platform(known, config.platform);
    if (!platform) return failure_of(platform);
    return Runsc{std::move(*program), std::move(*platform), config.spans, std::move(known)};
}

} // namespace cellos::inline CELLOS_ABI::gvisor
