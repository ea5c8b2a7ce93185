#pragma once

#include <cellos/os/cgroup_directory.hpp>
#include <cellos/os/process_table.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

namespace detail {

[[nodiscard]] inline std::vector<FoundProcess> processes_in(const CgroupDirectory& group) {
    std::vector<FoundProcess> found;
    for (const pid_t pid : group.pids()) {
        Descriptor pidfd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
        if (pidfd) found.push_back({pid, std::move(pidfd)});
    }
    // A number that changed hands before its pidfd was open is not in the list any more.
    const auto still = group.pids();
    std::erase_if(found, [&](const FoundProcess& process) {
        return std::ranges::find(still, process.pid) == still.end();
    });
    return found;
}

// By the text of cgroup.events.
[[nodiscard]] inline bool says_populated(int events) {
    char text[64];
    const ssize_t got = ::pread(events, text, sizeof text, 0);
    if (got == -1 && errno == ENODEV) return false; // the group has been removed
    if (got <= 0) return true;
    return std::string_view{text, static_cast<std::size_t>(got)}.find("populated 0") ==
           std::string_view::npos;
}

} // namespace detail

CELLOS_DECL Result<CgroupDirectory> CgroupDirectory::open(const std::filesystem::path& path) {
    CgroupDirectory group;
    group.path_ = path;
    auto directory = open_at(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY);
    if (!directory) return failure_of(directory);
    auto procs = open_at(directory->get(), "cgroup.procs", O_RDWR);
    if (!procs) return failure_of(procs);
    const auto optional = [&](const char* file, int flags) {
        return open_at(directory->get(), file, flags).value_or(Descriptor{});
    };
    group.events_ = optional("cgroup.events", O_RDONLY);
    group.kill_ = optional("cgroup.kill", O_WRONLY);
    group.cpu_ = optional(group.unified() ? "cpu.stat" : "cpuacct.usage", O_RDONLY);
    group.directory_ = std::move(*directory);
    group.procs_ = std::move(*procs);
    return group;
}

CELLOS_DECL std::vector<pid_t> CgroupDirectory::pids() const {
    std::vector<pid_t> pids;
    // Opened anew: the position is each caller's own.
    const std::string text = read_file(fd(), "cgroup.procs").value_or("");
    const char* at = text.data();
    const char* const end = at + text.size();
    for (pid_t pid = 0; at < end; ++at) {
        at = std::from_chars(at, end, pid).ptr;
        // 0 is a process that this PID namespace does not show.
        if (pid > 0) pids.push_back(pid);
    }
    return pids;
}

CELLOS_DECL std::optional<std::chrono::nanoseconds> CgroupDirectory::cpu_time() const {
    char text[512];
    const ssize_t got = ::pread(cpu_.get(), text, sizeof text, 0);
    if (got <= 0) return std::nullopt;
    std::string_view lines{text, static_cast<std::size_t>(got)};
    if (unified()) {
        constexpr std::string_view name = "usage_usec ";
        const auto found = lines.find(name);
        if (found == std::string_view::npos) return std::nullopt;
        lines.remove_prefix(found + name.size());
    }
    std::int64_t count = 0;
    if (std::from_chars(lines.data(), lines.data() + lines.size(), count).ec != std::errc{})
        return std::nullopt;
    return unified() ? std::chrono::microseconds{count} : std::chrono::nanoseconds{count};
}

CELLOS_DECL Result<void> CgroupDirectory::kill() const {
    if (kill_) return write_all(kill_.get(), "1");
    for (const FoundProcess& process : detail::processes_in(*this))
        ::syscall(SYS_pidfd_send_signal, process.pidfd.get(), SIGKILL, nullptr, 0);
    return {};
}

CELLOS_DECL bool CgroupDirectory::populated() const {
    return events_ ? detail::says_populated(events_.get()) : !pids().empty();
}

CELLOS_DECL bool CgroupDirectory::wait_until_empty(Clock::time_point deadline) const {
    if (events_) {
        // The kernel tells each open file of a change, and takes the news back once it has been
        // read there. So a wait has a file of its own; where there is none left, it looks again.
        const auto own = open_at(fd(), "cgroup.events", O_RDONLY);
        const int events = own ? own->get() : events_.get();
        while (detail::says_populated(events)) {
            const auto now = Clock::now();
            if (now >= deadline) return false;
            const auto next =
                own ? deadline : (std::min)(deadline, now + std::chrono::milliseconds{5});
            static_cast<void>(wait_readable(events, next, POLLPRI));
        }
        return true;
    }
    while (populated()) {
        if (Clock::now() >= deadline) return false;
        // Version 1 has no event for it, so that the processes themselves are waited for, and
        // those that they made before they ended are killed as well.
        static_cast<void>(kill());
        for (const FoundProcess& process : detail::processes_in(*this))
            static_cast<void>(wait_readable(process.pidfd.get(), deadline));
    }
    return true;
}

} // namespace cellos::inline CELLOS_ABI::os
