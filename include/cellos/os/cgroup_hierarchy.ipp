#pragma once

#include <cellos/os/cgroup_hierarchy.hpp>
#include <cellos/os/descriptor.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

namespace detail {

[[nodiscard]] inline bool holds(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

[[nodiscard]] inline std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        std::string_view part = text.substr(0, text.find(separator));
        text.remove_prefix((std::min)(text.size(), part.size() + 1));
        if (part.ends_with('\n')) part.remove_suffix(1);
        if (!part.empty()) parts.emplace_back(part);
    }
    return parts;
}

// mountinfo escapes characters that would break its columns: "\040" is a space, and so on.
[[nodiscard]] inline std::string unescape_octal(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
        const bool escaped = text.size() >= 4 && text[0] == '\\';
        const auto digit = [&](std::size_t at) { return text[at] - '0'; };
        plain += escaped ? static_cast<char>(digit(1) * 64 + digit(2) * 8 + digit(3)) : text[0];
        text.remove_prefix(escaped ? 4 : 1);
    }
    return plain;
}

// A line of mountinfo: "36 35 98:0 /root /mount-point options … - fstype source super-options".
struct CgroupMount {
    std::string root;
    std::string mount_point;
    bool unified = false;
    std::vector<std::string> controllers;
};

[[nodiscard]] inline std::optional<CgroupMount> parse_cgroup_mount(const std::string& line) {
    const auto separator = line.find(" - ");
    if (separator == std::string::npos) return std::nullopt;
    const auto fields = split(std::string_view{line}.substr(0, separator), ' ');
    const auto rest = split(std::string_view{line}.substr(separator + 3), ' ');
    if (fields.size() < 5 || rest.size() < 3) return std::nullopt;
    const std::string& type = rest[0];
    if (type != "cgroup" && type != "cgroup2") return std::nullopt;
    return CgroupMount{
        .root = unescape_octal(fields[3]),
        .mount_point = unescape_octal(fields[4]),
        .unified = type == "cgroup2",
        .controllers = split(rest[2], ','),
    };
}

// Where `group` is found below a mount that shows the hierarchy from `root` on. A group outside
// of it ("/../other", or a container's) cannot be reached.
[[nodiscard]] inline std::optional<std::filesystem::path> below_mount(
    const CgroupMount& mount, std::string_view group
) {
    if (group.starts_with("/..")) return std::nullopt;
    if (mount.root != "/") {
        if (!group.starts_with(mount.root)) return std::nullopt;
        group.remove_prefix(mount.root.size());
        if (!group.empty() && !group.starts_with('/')) return std::nullopt;
    }
    while (group.starts_with('/')) group.remove_prefix(1);
    return group.empty() ? std::filesystem::path{mount.mount_point}
                         : std::filesystem::path{mount.mount_point} / group;
}

// An error has a kind and a text, and nothing else to tell it by.
inline constexpr std::string_view delegation_advice =
    ": a delegated group without processes is needed";

} // namespace detail

CELLOS_DECL bool CgroupHierarchy::has(std::string_view controller) const {
    return detail::holds(controllers, controller);
}

CELLOS_DECL Result<void> CgroupHierarchy::hand_out(std::string_view controller) const {
    if (!unified) return {};
    const auto control = parent / "cgroup.subtree_control";
    // EBUSY: `parent` has processes of its own.
    auto enabled = write_setting(AT_FDCWD, control.c_str(), "+" + std::string{controller});
    if (!enabled) enabled.error().message += detail::delegation_advice;
    return enabled;
}

CELLOS_DECL bool needs_delegated_group(const CellosError& error) noexcept {
    return error.message.ends_with(detail::delegation_advice);
}

CELLOS_DECL CgroupHierarchies
parse_cgroup_hierarchies(std::string_view mountinfo, std::string_view own_groups) {
    std::vector<detail::CgroupMount> mounts;
    for (const std::string& line : detail::split(mountinfo, '\n'))
        if (auto mount = detail::parse_cgroup_mount(line)) mounts.push_back(std::move(*mount));

    CgroupHierarchies found;
    for (const std::string& line : detail::split(own_groups, '\n')) {
        // "4:cpu,cpuacct:/group", and "0::/group" for cgroup2
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        auto controllers = detail::split(line.substr(first + 1, second - first - 1), ',');
        for (const detail::CgroupMount& mount : mounts) {
            const bool shows =
                controllers.empty()
                    ? mount.unified
                    : !mount.unified && detail::holds(mount.controllers, controllers.front());
            auto parent = detail::below_mount(mount, std::string_view{line}.substr(second + 1));
            if (!shows || !parent) continue;
            found.push_back({std::move(*parent), mount.unified, std::move(controllers)});
            break;
        }
    }
    return found;
}

CELLOS_DECL CgroupHierarchies find_cgroup_hierarchies(const std::filesystem::path& cgroup2_parent) {
    constexpr std::size_t whole = std::size_t{16} << 20;
    auto found = parse_cgroup_hierarchies(
        read_file(AT_FDCWD, "/proc/self/mountinfo", whole).value_or(""),
        read_file(AT_FDCWD, "/proc/self/cgroup").value_or("")
    );
    for (CgroupHierarchy& hierarchy : found) {
        if (!hierarchy.unified) continue;
        if (!cgroup2_parent.empty()) hierarchy.parent = cgroup2_parent;
        const auto list = hierarchy.parent / "cgroup.controllers";
        hierarchy.controllers = detail::split(read_file(AT_FDCWD, list.c_str()).value_or(""), ' ');
    }
    std::erase_if(found, [](const CgroupHierarchy& hierarchy) {
        return ::access(hierarchy.parent.c_str(), W_OK) == -1;
    });
    return found;
}

} // namespace cellos::inline CELLOS_ABI::os
