#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <filesystem>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace cellos::inline CELLOS_ABI::os {

/// A control group as one hierarchy has it: a directory, of which the files that are needed again
/// and again are held open. It neither makes nor removes the group. Move-only. Not thread-safe, not
/// even where const: the list of processes has one position.
class CgroupDirectory {
public:
    /// Fails (Host) where `path` is no group, or one whose processes this one may not list and add
    /// to.
    [[nodiscard]] CELLOS_DECL static Result<CgroupDirectory> open(const std::filesystem::path& path
    );

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// Whether it belongs to cgroup2.
    [[nodiscard]] bool unified() const noexcept { return bool{events_}; }
    /// The directory (O_PATH), still owned by this object.
    [[nodiscard]] int fd() const noexcept { return directory_.get(); }
    /// The open `cgroup.procs`: who writes 0 to it joins. Still owned by this object.
    [[nodiscard]] int procs_fd() const noexcept { return procs_.get(); }

    /// Writes one of the group's settings. The error (Host) names the file.
    [[nodiscard]] Result<void> set(const char* file, std::string_view value) const {
        return write_setting(fd(), file, value);
    }

    /// The processes in it. Numbers, which may have changed hands meanwhile; empty if they cannot
    /// be read.
    [[nodiscard]] CELLOS_DECL std::vector<pid_t> pids() const;

    /// SIGKILL to every process in it; with cgroup2 those that fork meanwhile included.
    [[nodiscard]] CELLOS_DECL Result<void> kill() const;

    /// Zombies do not count: they hold nothing any more.
    [[nodiscard]] CELLOS_DECL bool populated() const;

    /// Waits for the last process to be gone. False: the deadline passed first. Version 1 tells of
    /// no such thing, so that there it kills them as well.
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
