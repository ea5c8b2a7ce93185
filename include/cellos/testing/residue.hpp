#pragma once

#include <cellos/testing/options.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

/// @file
/// What a cell could have left behind on this machine. Without /proc only files are compared.

namespace cellos::inline CELLOS_ABI::testing {

/// A snapshot of the things that exist.
struct Residue {
    std::set<std::string> things{}; ///< `process …`, `mount …`, `file …`, one line each
    std::size_t descriptors = 0;    ///< of this process
};

namespace detail {

/// Other platforms may have a /proc, too: under Wine it is Wine's own, and describes Wine.
#ifdef __linux__
inline constexpr bool has_proc = true;
#else
inline constexpr bool has_proc = false;
#endif

[[nodiscard]] inline std::string proc_text(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream
        text; // which, unlike iterators, does not throw if the process ends meanwhile
    text << file.rdbuf();
    return std::move(text).str();
}

/// "pid (comm) state …"; comm may contain anything, so the last parenthesis counts (proc(5)).
/// Zombies hold no resources.
[[nodiscard]] inline bool is_alive(const std::filesystem::path& process) {
    const std::string stat = proc_text(process / "stat");
    const auto end = stat.rfind(')');
    return end != std::string::npos && end + 2 < stat.size() && stat[end + 2] != 'Z' &&
           stat[end + 2] != 'X';
}

} // namespace detail

/// The processes that have one of `markers` on their command line.
[[nodiscard]] inline std::set<std::string> processes_named(const std::set<std::string>& markers) {
    std::set<std::string> found;
    std::error_code ignored;
    const auto self = std::filesystem::read_symlink("/proc/self", ignored);
    for (const auto& entry : std::filesystem::directory_iterator{"/proc", ignored}) {
        const std::string pid = entry.path().filename().string();
        if (pid.find_first_not_of("0123456789") != std::string::npos || pid == self) continue;
        std::string command = detail::proc_text(entry.path() / "cmdline");
        const bool named = std::ranges::any_of(markers, [&](const std::string& marker) {
            return command.find(marker) != std::string::npos;
        });
        if (!named || !detail::is_alive(entry.path())) continue;
        std::ranges::replace(command, '\0', ' ');
        found.insert(pid + ' ' + command);
    }
    return found;
}

/// A text on the command line of every workload of the laws that may have to be found.
inline constexpr const char* workload_marker = "cellos-law-workload";

/// What exists now: workloads, everything that the options name, mounts, and this process's
/// descriptors.
[[nodiscard]] inline Residue residue(const LawOptions& options) {
    Residue now;
    std::set<std::string> markers{options.process_markers.begin(), options.process_markers.end()};
    markers.insert(workload_marker);
    if constexpr (detail::has_proc) {
        for (const auto& process : processes_named(markers))
            now.things.insert("process " + process);
        std::ifstream mounts{"/proc/self/mountinfo"};
        for (std::string line; std::getline(mounts, line);) now.things.insert("mount " + line);
        std::error_code ignored;
        for ([[maybe_unused]] const auto& entry :
             std::filesystem::directory_iterator{"/proc/self/fd", ignored})
            ++now.descriptors;
    }
    for (const auto& directory : options.watched_directories) {
        std::error_code ignored;
        for (auto it = std::filesystem::recursive_directory_iterator{directory, ignored};
             it != std::filesystem::end(it);
             it.increment(ignored)) {
            now.things.insert("file " + it->path().string());
        }
    }
    if (options.watched) now.things.merge(options.watched());
    return now;
}

/// One line per thing in `after` that was not in `before`. Empty: nothing was left behind.
[[nodiscard]] inline std::string left_behind(const Residue& before, const Residue& after) {
    std::string text;
    for (const auto& thing : after.things) {
        if (!before.things.contains(thing)) text += thing + '\n';
    }
    if (after.descriptors > before.descriptors)
        text += std::to_string(after.descriptors - before.descriptors) + " descriptors more\n";
    return text;
}

} // namespace cellos::inline CELLOS_ABI::testing
