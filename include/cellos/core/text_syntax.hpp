#pragma once

#include <cellos/core/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

/// @file
/// Checks of text, without locale, allocation or exceptions.

namespace cellos::inline CELLOS_ABI {

namespace detail {

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

[[nodiscard]] constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

[[nodiscard]] constexpr bool is_alphanumeric(char c) noexcept {
    return is_letter(c) || is_digit(c);
}

// POSIX: the portable filename character set.
[[nodiscard]] constexpr bool is_portable(char c) noexcept {
    return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
}

[[nodiscard]] constexpr bool all_of(
    std::string_view text, bool (*accepts)(char) noexcept
) noexcept {
    for (const char c : text)
        if (!accepts(c)) return false;
    return true;
}

// The length in bytes of the well-formed UTF-8 sequence at the front of `text`; 0 if there is none.
// The range of the second byte (Unicode, table 3-7) excludes overlong forms, surrogates and
// everything above U+10FFFF.
[[nodiscard]] constexpr std::size_t utf8_sequence_length(std::string_view text) noexcept {
    const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (text.size() < length) return 0;
    const std::uint8_t least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (byte(1) < least || byte(1) > most) return 0;
    for (std::size_t i = 2; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    return length;
}

} // namespace detail

[[nodiscard]] constexpr bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t length = detail::utf8_sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

/// UTF-8 without NUL, so that it can be passed on as a C string.
[[nodiscard]] constexpr bool is_text(std::string_view text) noexcept {
    return text.find('\0') == std::string_view::npos && is_utf8(text);
}

[[nodiscard]] constexpr bool is_nonempty_text(std::string_view text) noexcept {
    return !text.empty() && is_text(text);
}

/// `[A-Za-z0-9][A-Za-z0-9._-]{0,127}` without `..`: safe as a directory name and in a URN.
[[nodiscard]] constexpr bool is_cell_id(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 128 && detail::is_alphanumeric(text.front()) &&
           detail::all_of(text, detail::is_portable) && text.find("..") == std::string_view::npos;
}

/// A file name of up to 255 characters `[A-Za-z0-9._-]`, neither `.` nor `..`.
[[nodiscard]] constexpr bool is_portable_name(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 255 && detail::all_of(text, detail::is_portable) &&
           text != "." && text != "..";
}

/// The bounds of a path: what Linux takes (PATH_MAX with its NUL, NAME_MAX), and as many components
/// as anybody needs, since each of them may have to be made in a cell.
inline constexpr std::size_t longest_path = 4095;
inline constexpr std::size_t longest_path_component = 255;
inline constexpr std::size_t most_path_components = 64;

/// A path below some directory: portable names with one slash between each two of them, within
/// these bounds together with a directory of up to 64 characters.
[[nodiscard]] constexpr bool is_portable_path(std::string_view text) noexcept {
    constexpr std::size_t room_for_its_directory = 64;
    if (text.size() > longest_path - room_for_its_directory) return false;
    for (std::size_t components = 1; components <= most_path_components; ++components) {
        const std::size_t end = text.find('/');
        if (!is_portable_name(text.substr(0, end))) return false;
        if (end == std::string_view::npos) return true;
        text.remove_prefix(end + 1);
    }
    return false;
}

/// `[A-Za-z_][A-Za-z0-9_]{0,127}`: usable as a variable of any shell, and as a file name.
[[nodiscard]] constexpr bool is_shell_name(std::string_view text) noexcept {
    constexpr auto accepts = [](char c) noexcept { return detail::is_alphanumeric(c) || c == '_'; };
    return !text.empty() && text.size() <= 128 && !detail::is_digit(text.front()) &&
           detail::all_of(text, accepts);
}

/// A name of an environment variable that execve(2) can pass.
[[nodiscard]] constexpr bool is_variable_name(std::string_view text) noexcept {
    return is_nonempty_text(text) && text.find('=') == std::string_view::npos;
}

/// An absolute path without `..`.
[[nodiscard]] constexpr bool is_absolute_path(std::string_view text) noexcept {
    if (!text.starts_with('/') || !is_text(text)) return false;
    while (!text.empty()) {
        text.remove_prefix(1);
        const std::string_view component = text.substr(0, text.find('/'));
        if (component == "..") return false;
        text.remove_prefix(component.size());
    }
    return true;
}

/// An absolute path without `..`, within these bounds.
[[nodiscard]] constexpr bool is_bounded_path(std::string_view text) noexcept {
    if (text.size() > longest_path || !is_absolute_path(text)) return false;
    std::size_t components = 0;
    while (!text.empty()) {
        text.remove_prefix(1);
        const std::string_view component = text.substr(0, text.find('/'));
        if (component.size() > longest_path_component) return false;
        if (!component.empty() && ++components > most_path_components) return false;
        text.remove_prefix(component.size());
    }
    return true;
}

} // namespace cellos::inline CELLOS_ABI
