#pragma once

#include <cellos/os/descriptor.hpp>
#include <cellos/os/proportional_memory.hpp>

#include <charconv>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL std::uint64_t proportional_memory(std::span<const pid_t> pids) {
    std::uint64_t kilobytes = 0;
    for (const pid_t pid : pids) {
        const auto path = "/proc/" + std::to_string(pid) + "/smaps_rollup";
        const std::string text = read_file(AT_FDCWD, path.c_str(), 4096).value_or("");
        constexpr std::string_view name = "\nPss:";
        const auto found = text.find(name);
        if (found == std::string::npos) continue;
        const auto number = text.find_first_not_of(' ', found + name.size());
        std::uint64_t pss = 0;
        if (number != std::string::npos)
            std::from_chars(text.data() + number, text.data() + text.size(), pss);
        kilobytes += pss;
    }
    return kilobytes << 10;
}

} // namespace cellos::inline CELLOS_ABI::os
