#pragma once

#include <cellos/host/gvisor/runsc/version.hpp>
#include <cellos/os/tool.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// By the first tag of gVisor's that contains the change.
inline constexpr std::array faults_of_releases{
    KnownFault{20230227, "`ls PATH` and `stat PATH` of coreutils fail"},
    KnownFault{20230517, "no end of file on a pty"},
    KnownFault{first_with_private_control_socket, "its control socket is open to every local user"},
};

} // namespace detail

CELLOS_DECL std::optional<RunscRelease> release_in(std::string_view version) {
    constexpr std::size_t digits_of_a_day = 8;
    constexpr std::string_view digits = "0123456789";
    while (!version.empty()) {
        version.remove_prefix((std::min)(version.find_first_of(digits), version.size()));
        const std::size_t length = (std::min)(version.find_first_not_of(digits), version.size());
        if (length == digits_of_a_day && version.starts_with("20")) {
            RunscRelease day = 0;
            for (const char digit : version.substr(0, length))
                day = day * 10 + static_cast<RunscRelease>(digit - '0');
            return day;
        }
        version.remove_prefix(length);
    }
    return std::nullopt;
}

CELLOS_DECL std::vector<KnownFault> known_faults(RunscRelease release) {
    std::vector<KnownFault> found;
    for (const KnownFault& fault : detail::faults_of_releases)
        if (release < fault.mended_in) found.push_back(fault);
    return found;
}

CELLOS_DECL Result<std::string> ask_version(const Runsc& runsc, os::Clock::time_point deadline) {
    const auto answer = os::run_tool(
        {.program = runsc.path, .argv = {"runsc", "--version"}, .environment = runsc_environment()},
        deadline
    );
    if (!answer) return failure_of(answer);
    const std::string text = answer->stdout_text + answer->stderr_text;
    return text.substr(0, text.find('\n'));
}

} // namespace cellos::inline CELLOS_ABI::gvisor
