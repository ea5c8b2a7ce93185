#pragma once

#include <cellos/os/process_table.hpp>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
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
    ProcessRow row{.zombie = (*text)[end + 2] == 'Z' || (*text)[end + 2] == 'X'};
    const char* const last = text->data() + text->size();
    const char* const behind = std::from_chars(text->data() + end + 4, last, row.parent).ptr;
    if (behind != last) std::from_chars(behind + 1, last, row.group);
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

[[nodiscard]] inline bool has_argument(pid_t pid, std::string_view argument) {
    if (argument.empty()) return false;
    const auto text = read_file(AT_FDCWD, ("/proc/" + std::to_string(pid) + "/cmdline").c_str());
    if (!text) return false;
    std::string_view rest = *text;
    while (!rest.empty()) {
        const std::string_view element = rest.substr(0, rest.find('\0'));
        if (element == argument) return true;
        rest.remove_prefix((std::min)(rest.size(), element.size() + 1));
    }
    return false;
}

// Real, effective, saved and for files: a set-user-ID program that somebody else has started is not
// this user's in all of them.
[[nodiscard]] inline bool is_wholly_of(pid_t pid, uid_t user) {
    const auto text = read_file(AT_FDCWD, ("/proc/" + std::to_string(pid) + "/status").c_str());
    if (!text) return false;
    constexpr std::string_view name = "\nUid:";
    const auto found = text->find(name);
    if (found == std::string::npos) return false;
    const char* at = text->data() + found + name.size();
    const char* const end = text->data() + text->size();
    for (int id = 0; id < 4; ++id) {
        while (at != end && *at == '\t') ++at;
        uid_t value = 0;
        const auto read = std::from_chars(at, end, value);
        if (read.ec != std::errc{} || value != user) return false;
        at = read.ptr;
    }
    return true;
}

[[nodiscard]] inline bool same_file(int one, int other) {
    struct stat first {};
    struct stat second {};
    return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

// Whether the process is in a user namespace that `user` has made in this process's own, or
// somewhere below it.
[[nodiscard]] inline bool is_in_namespace_of(pid_t pid, uid_t user) {
    const auto own = open_at(AT_FDCWD, "/proc/self/ns/user", O_RDONLY);
    auto space = open_at(AT_FDCWD, ("/proc/" + std::to_string(pid) + "/ns/user").c_str(), O_RDONLY);
    while (own && space && !same_file(space->get(), own->get())) {
        Descriptor parent{::ioctl(space->get(), NS_GET_PARENT)};
        if (!parent) return false; // it is not below this process's own
        if (same_file(parent.get(), own->get())) {
            uid_t maker = 0;
            return ::ioctl(space->get(), NS_GET_OWNER_UID, &maker) == 0 && maker == user;
        }
        *space = std::move(parent);
    }
    return false;
}

[[nodiscard]] inline bool is_of(pid_t pid, uid_t user) {
    return is_wholly_of(pid, user) || is_in_namespace_of(pid, user);
}

} // namespace detail

CELLOS_DECL std::vector<FoundProcess> find_processes(pid_t ancestor, std::string_view argument) {
    const detail::ProcessRows table = detail::read_process_table();
    const uid_t user = ::geteuid();
    std::vector<FoundProcess> found;
    for (const auto& [pid, row] : table) {
        if (row.zombie || pid == ::getpid()) continue;
        Descriptor pidfd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
        const auto now = detail::read_stat(pid);
        if (!pidfd || !now || now->parent != row.parent) continue;
        // The owner first: to read a command line takes the memory of its process, which somebody
        // else's can keep anybody waiting for.
        if (!detail::is_of(pid, user)) continue;
        if (!detail::descends(table, pid, ancestor) && !detail::has_argument(pid, argument))
            continue;
        // A process that lives has had the number all the time. The next pass finds what this
        // misses.
        if (!is_ready(pidfd.get(), POLLIN)) found.push_back({pid, std::move(pidfd)});
    }
    return found;
}

CELLOS_DECL bool end_processes(
    pid_t ancestor, std::string_view argument, Clock::time_point deadline
) {
    for (;;) {
        const auto found = find_processes(ancestor, argument);
        if (found.empty()) return true;
        for (const auto& process : found)
            ::syscall(SYS_pidfd_send_signal, process.pidfd.get(), SIGKILL, nullptr, 0);
        for (const auto& process : found) {
            if (!wait_readable(process.pidfd.get(), deadline)) return false;
        }
    }
}

CELLOS_DECL bool end_process_group(pid_t group, Clock::time_point deadline) {
    for (;;) {
        ::kill(-group, SIGKILL);
        bool is_empty = true;
        for (const auto& [pid, row] : detail::read_process_table()) {
            if (row.group != group || row.zombie) continue;
            is_empty = false;
            const Descriptor pidfd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
            if (pidfd && !wait_readable(pidfd.get(), deadline)) return false;
        }
        if (is_empty) return true;
        if (Clock::now() >= deadline) return false;
    }
}

} // namespace cellos::inline CELLOS_ABI::os
