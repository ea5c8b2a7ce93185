#pragma once

#include <cellos/os/process_table.hpp>

#include <charconv>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>

#include <sys/syscall.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

namespace detail {

// "pid (comm) state ppid …"; comm may hold anything, so the last parenthesis counts (proc(5)).
CELLOS_DECL std::optional<ProcessRow> read_stat(pid_t pid) {
    const auto text = read_file(AT_FDCWD, ("/proc/" + std::to_string(pid) + "/stat").c_str(), 4096);
    if (!text) return std::nullopt;
    const auto end = text->rfind(')');
    if (end == std::string::npos || end + 4 >= text->size()) return std::nullopt;
    ProcessRow row{.parent = 0, .zombie = (*text)[end + 2] == 'Z' || (*text)[end + 2] == 'X'};
    std::from_chars(text->data() + end + 4, text->data() + text->size(), row.parent);
    return row;
}

using ProcessRows = std::map<pid_t, ProcessRow>;

[[nodiscard]] inline ProcessRows read_process_table() {
    ProcessRows table;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc", ignored}) {
        const std::string name = entry.path().filename();
        pid_t pid = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr !=
            name.data() + name.size())
            continue;
        if (const auto row = read_stat(pid)) table.emplace(pid, *row);
    }
    return table;
}

[[nodiscard]] inline bool descends(const ProcessRows& table, pid_t pid, pid_t ancestor) {
    // The rows were not read at once, so that they may form a circle.
    for (std::size_t step = 0; ancestor > 0 && step <= table.size(); ++step) {
        if (pid == ancestor) return true;
        const auto row = table.find(pid);
        if (row == table.end()) return false;
        pid = row->second.parent;
    }
    return false;
}

[[nodiscard]] inline bool mentions(pid_t pid, std::string_view marker) {
    const auto text = read_file(AT_FDCWD, ("/proc/" + std::to_string(pid) + "/cmdline").c_str());
    return text && text->find(marker) != std::string::npos;
}

} // namespace detail

CELLOS_DECL std::vector<FoundProcess> find_processes(pid_t ancestor, std::string_view marker) {
    const detail::ProcessRows table = detail::read_process_table();
    std::vector<FoundProcess> found;
    for (const auto& [pid, row] : table) {
        if (row.zombie || pid == ::getpid()) continue;
        if (!detail::descends(table, pid, ancestor) && !detail::mentions(pid, marker)) continue;
        Descriptor pidfd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
        // The number may have changed hands before the pidfd was open; the next pass finds what
        // this misses.
        const auto again = detail::read_stat(pid);
        if (pidfd && again && again->parent == row.parent) found.push_back({pid, std::move(pidfd)});
    }
    return found;
}

CELLOS_DECL bool end_processes(
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
