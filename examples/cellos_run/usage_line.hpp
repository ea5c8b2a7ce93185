#pragma once

#include <cellos/core/usage.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

namespace cellos_run {

/// What a command took, on one line as time(1) has it: `0.52s user 0.03s system 0.61s wall 34.2 MiB
/// peak`. What is not known is `-`.
[[nodiscard]] inline std::string usage_line(const std::optional<cellos::ResourceUsage>& usage) {
    const auto number = [](const char* format, double value) {
        char text[64];
        std::snprintf(text, sizeof text, format, value);
        return std::string{text};
    };
    const auto seconds = [&](const std::optional<std::chrono::nanoseconds>& time) {
        return time ? number("%.2fs", std::chrono::duration<double>{*time}.count()) : "-";
    };
    const auto mebibytes = [&](const std::optional<std::uint64_t>& bytes) {
        return bytes ? number("%.1f MiB", static_cast<double>(*bytes) / (1 << 20)) : "-";
    };
    const auto known = usage.value_or(cellos::ResourceUsage{});
    return seconds(known.user_time) + " user " + seconds(known.system_time) + " system " +
           seconds(usage ? std::optional{known.wall} : std::nullopt) + " wall " +
           mebibytes(known.peak_memory_bytes) + " peak";
}

} // namespace cellos_run
