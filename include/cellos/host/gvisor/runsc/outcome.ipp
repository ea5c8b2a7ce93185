#pragma once

#include <cellos/core/visible.hpp>
#include <cellos/host/gvisor/runsc/outcome.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// The part of a text of runsc's that may be shown: one line, bounded, and nothing after the first
// brace, since a spec that runsc doesn't like is echoed with its whole environment.
[[nodiscard]] inline std::string presentable(std::string_view text) {
    constexpr std::size_t longest = 400;
    text = text.substr(0, (std::min)(text.find_first_of("\n{"), longest));
    std::string shown = visible(text);
    shown.erase(shown.find_last_not_of(" &:") + 1);
    return shown;
}

// Reads the JSON string that starts after its opening quote and moves `text` behind its closing
// one. A log that was cut off ends the string as well.
[[nodiscard]] inline std::string take_json_string(std::string_view& text) {
    std::string value;
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c == '"') break;
        if (c != '\\' || text.empty()) {
            value += c;
            continue;
        }
        const char escaped = text.front();
        text.remove_prefix(1);
        switch (escaped) {
        case 'n': value += '\n'; break;
        case 'u': {
            unsigned code = 0;
            const std::string_view digits = text.substr(0, 4);
            std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
            text.remove_prefix(digits.size());
            // Go escapes `<`, `>`, `&` and control characters; the rest comes as UTF-8.
            value += code >= 0x20 && code < 0x7F ? static_cast<char>(code) : '?';
            break;
        }
        case 'b':
        case 'f':
        case 'r':
        case 't': value += ' '; break;
        default: value += escaped;
        }
    }
    return value;
}

// The message of the first error in a log of flat JSON records, which runsc writes without anything
// between them. A text that is no such log is an error as a whole.
[[nodiscard]] inline std::optional<std::string> first_error(std::string_view log) {
    if (log.empty()) return std::nullopt;
    if (!log.starts_with('{')) return std::string{log};
    while (!log.empty()) {
        std::string message;
        std::string level = "error";
        std::string name;
        bool is_value = false;
        while (!log.empty()) {
            const char c = log.front();
            log.remove_prefix(1);
            if (c == '}') break;
            if (c == ':') is_value = true;
            if (c == ',') is_value = false;
            if (c != '"') continue;
            std::string text = take_json_string(log);
            if (!is_value)
                name = std::move(text);
            else if (name == "msg")
                message = std::move(text);
            else if (name == "level")
                level = std::move(text);
        }
        if (!message.empty() && (level == "error" || level == "fatal")) return message;
    }
    return std::nullopt;
}

// The line by which a Go program says that it crashed, if the sentry wrote one.
[[nodiscard]] inline std::string_view crash_line(std::string_view panic_log) {
    while (!panic_log.empty()) {
        const std::string_view line = panic_log.substr(0, panic_log.find('\n'));
        for (const std::string_view lead : {"panic: ", "fatal error: ", "runtime: ", "SIG"})
            if (line.starts_with(lead)) return line;
        panic_log.remove_prefix((std::min)(panic_log.size(), line.size() + 1));
    }
    return {};
}

[[nodiscard]] inline CellosError sandbox_failure(std::string_view what, std::string_view detail) {
    CellosError error{CellosError::Kind::SandboxFailed, std::string{what}};
    if (const std::string shown = presentable(detail); !shown.empty())
        error.message.append(": ").append(shown);
    return error;
}

} // namespace detail

CELLOS_DECL CellosError cause_of_death(const RunscEnd& end) {
    if (const auto message = detail::first_error(end.log)) {
        // Of a sandbox that died while it started, runsc knows no more than "EOF"; its panic log
        // does.
        const std::string cause = detail::presentable(end.panic_log);
        return detail::sandbox_failure(
            "runsc", detail::presentable(*message) + (cause.empty() ? "" : ": " + cause)
        );
    }
    if (const auto crash = detail::crash_line(end.panic_log); !crash.empty())
        return detail::sandbox_failure("the sentry panicked", crash);
    const std::string value = std::to_string(end.value);
    return detail::sandbox_failure(
        end.signaled ? "runsc was killed by signal " + value
                     : "the sandbox ended (runsc with code " + value +
                           ") and did not say how the workload ended",
        {}
    );
}

} // namespace cellos::inline CELLOS_ABI::gvisor
