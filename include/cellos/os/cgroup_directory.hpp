#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <filesystem>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace cellos::inline CELLOS_ABI::os {

/// One control group in one hierarchy: its directory, with the files that are used often held open.
/// It neither creates nor removes the group. Move-only. Not thread-safe, not even the const
/// members: they share the file position of `cgroup.procs`.
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

    /// Sends SIGKILL to every process in the group; with cgroup2 this includes those that fork
    /// meanwhile. The error is Host.
    [[nodiscard]] CELLOS_DECL Result<void> kill() const;

    /// Whether a process is in the group. Zombies do not count: they hold no resources.
    [[nodiscard]] CELLOS_DECL bool populated() const;

    /// Waits until the last process has gone. False: the deadline passed first. Version 1 has no
    /// notification for this, so there the processes are also killed, again and again.
    [[nodiscard]] CELLOS_DECL bool wait_until_empty(Clock::time_point deadline) const;

private:
    CgroupDirectory() = default;

    std::filesystem::path path_;
    Descriptor directory_;
    Descriptor procs_;
    Descriptor events_; ///< cgroup2 only
    Descriptor kill_;   ///< cgroup2 since Linux 5.14
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/cgroup_directory.ipp>
#endif
