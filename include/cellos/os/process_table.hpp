#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <charconv>
#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/syscall.h>

/// @file
/// Finding a cell's processes without a control group: by descent and by command line. Incomplete
/// by nature (a platform process has an empty command line, and its parent may be gone), hence the
/// second choice, and repeated until nothing more is found.

namespace cellos::inline CELLOS_ABI::os {

/// Processes, not numbers: a pidfd cannot come to mean another process.
struct FoundProcess {
    pid_t pid = -1;
    Descriptor pidfd;
};

namespace detail {

struct ProcessRow {
    pid_t parent = 0;
    bool zombie = false;
};

/// "pid (comm) state ppid …"; comm may hold anything, so the last parenthesis counts (proc(5)).
template <class = IfUsed>
[[nodiscard]] std::optional<ProcessRow> read_stat(pid_t pid) {
    const auto text = read_file(AT_FDCWD, ("/proc/" + std::to_string(pid) + "/stat").c_str(), 4096);
    if (!text) return std::nullopt;
    const auto end = text->rfind(')');
    if (end == std::string::npos || end + 4 >= text->size()) return std::nullopt;
    ProcessRow row{.parent = 0, .zombie = (*text)[end + 2] == 'Z' || (*text)[end + 2] == 'X'};
    std::from_chars(text->data() + end + 4, text->data() + text->size(), row.parent);
    return row;
}

template <class = IfUsed>
[[nodiscard]] bool mentions(pid_t pid, std::string_view marker) {
    const auto text = read_file(AT_FDCWD, ("/proc/" + std::to_string(pid) + "/cmdline").c_str());
    return text && text->find(marker) != std::string::npos;
}

} // namespace detail

/// All living processes that descend from `ancestor` (0: none does) or name `marker` on their
/// command line, but never this process itself.
template <class = IfUsed>
[[nodiscard]] std::vector<FoundProcess> find_processes(pid_t ancestor, std::string_view marker) {
    std::map<pid_t, detail::ProcessRow> table;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc", ignored}) {
        const std::string name = entry.path().filename();
        pid_t pid = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr !=
            name.data() + name.size())
            continue;
        if (const auto row = detail::read_stat(pid)) table.emplace(pid, *row);
    }
    const auto descends = [&](pid_t pid) {
        for (std::size_t step = 0; ancestor > 0 && step <= table.size(); ++step) {
            if (pid == ancestor) return true;
            const auto row = table.find(pid);
            if (row == table.end()) return false;
            pid = row->second.parent;
        }
        return false;
    };
    std::vector<FoundProcess> found;
    for (const auto& [pid, row] : table) {
        if (row.zombie || pid == ::getpid()) continue;
        if (!descends(pid) && !detail::mentions(pid, marker)) continue;
        Descriptor pidfd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
        // The number may have changed hands before the pidfd was open; the next pass finds what
        // this misses.
        const auto again = detail::read_stat(pid);
        if (pidfd && again && again->parent == row.parent) found.push_back({pid, std::move(pidfd)});
    }
    return found;
}

/// Ends what find_processes finds, again and again until a pass finds nothing. False: the deadline
/// passed first.
template <class = IfUsed>
[[nodiscard]] bool end_processes(
    pid_t ancestor, std::string_view marker, Clock::time_point deadline
) {
    for (;;) {
        const auto found = find_processes(ancestor, marker);
        if (found.empty()) return true;
        for (const auto& process : found)
            ::syscall(SYS_pidfd_send_signal, process.pidfd.get(), SIGKILL, nullptr, 0);
        for (const auto& process : found) {
            if (!wait_readable(process.pidfd.get(), deadline)) return false;
        }
    }
}

} // namespace cellos::inline CELLOS_ABI::os
