#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace cellos::inline CELLOS_ABI::os {

/// A control group as one hierarchy has it: a directory, of which the files that are needed again
/// and again are held open. It neither makes nor removes the group. Move-only. What is const any
/// number of threads may call at once.
class CgroupDirectory {
public:
    /// Fails (Host) if `path` is not a control group, or if this process may not list its processes
    /// or add to them.
    [[nodiscard]] CELLOS_DECL static Result<CgroupDirectory> open(const std::filesystem::path& path
    );

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// Whether the group belongs to cgroup2.
    [[nodiscard]] bool unified() const noexcept { return bool{events_}; }
    /// The directory (O_PATH), still owned by this object.
    [[nodiscard]] int fd() const noexcept { return directory_.get(); }
    /// The open `cgroup.procs`: a process that writes 0 to it joins the group. Still owned by this
    /// object.
    [[nodiscard]] int procs_fd() const noexcept { return procs_.get(); }

    /// Writes one of the group's settings. The error (Host) names the file.
    [[nodiscard]] Result<void> set(const char* file, std::string_view value) const {
        return write_setting(fd(), file, value);
    }

    /// The ids of the processes in the group. An id may already have been reused by another
    /// process. Empty if the list cannot be read.
    [[nodiscard]] CELLOS_DECL std::vector<pid_t> pids() const;

    /// The processor time of its processes, those that have ended included; nothing where this
    /// hierarchy doesn't count it: cgroup2 always does, version 1 by the controller `cpuacct`. What
    /// runs on another processor right now is counted up to its last clock tick.
    [[nodiscard]] CELLOS_DECL std::optional<std::chrono::nanoseconds> cpu_time() const;

    /// SIGKILL to every process in it; with cgroup2 those that fork meanwhile included.
    [[nodiscard]] CELLOS_DECL Result<void> kill() const;

    /// Zombies do not count: they hold nothing any more. A group that was removed has none.
    [[nodiscard]] CELLOS_DECL bool populated() const;

    /// Waits for the last process to be gone. False: the deadline passed first. Version 1 tells of
    /// no such thing, so that there it kills them as well. Each waiter hears of it, however many
    /// there are, and whoever else looks.
    [[nodiscard]] CELLOS_DECL bool wait_until_empty(Clock::time_point deadline) const;

private:
    CgroupDirectory() = default;

    std::filesystem::path path_;
    Descriptor directory_;
    Descriptor procs_;
    Descriptor events_; ///< cgroup2 only
    Descriptor kill_;   ///< cgroup2 since Linux 5.14
    Descriptor cpu_;    ///< what counts processor time
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/cgroup_directory.ipp>
#endif
