#pragma once

#include <cellos/host/linux/descriptor.hpp>
#include <cellos/host/linux/wait.hpp>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>

#include <sys/stat.h>

/// @file
/// A cgroup2 group around one cell: the only complete list of its processes, and the only way to
/// end all of them at once. gVisor's platform processes have an empty command line, and a sandbox
/// outlives the `runsc` that started it.

namespace cellos::inline v0::os {

/// Where this process may make groups of its own: its own group in the cgroup2 hierarchy.
[[nodiscard]] inline std::optional<std::filesystem::path> own_cgroup2() {
    std::ifstream mounts{"/proc/self/mountinfo"};
    std::filesystem::path mount_point;
    for (std::string line; std::getline(mounts, line);) {
        // "36 35 98:0 /root /mount-point options … - fstype source super-options" (proc(5))
        const auto separator = line.find(" - ");
        if (separator == std::string::npos || line.compare(separator + 3, 8, "cgroup2 ") != 0)
            continue;
        std::istringstream fields{line};
        std::string id, parent, device, root;
        if (fields >> id >> parent >> device >> root >> mount_point) break;
    }
    if (mount_point.empty()) return std::nullopt;
    std::ifstream groups{"/proc/self/cgroup"};
    for (std::string line; std::getline(groups, line);) {
        if (line.starts_with("0::/")) return mount_point / line.substr(4);
    }
    return std::nullopt;
}

/// One group, made for one cell. The destructor removes it if nobody is left in it.
class ControlGroup {
public:
    /// Fails where groups cannot be made or `cgroup.kill` is missing (Linux before 5.14).
    [[nodiscard]] static Result<ControlGroup> make(
        const std::filesystem::path& parent, const std::string& name
    ) {
        ControlGroup group;
        std::filesystem::path path = parent / name;
        if (::mkdir(path.c_str(), 0755) == -1)
            return failure("cannot make the control group " + path.string());
        group.path_ = std::move(path);
        auto directory = open_at(AT_FDCWD, group.path_.c_str(), O_PATH | O_DIRECTORY);
        if (!directory) return cellos::failure(std::move(directory).error());
        group.directory_ = std::move(*directory);
        for (auto [file, descriptor, flags] :
             {std::tuple{"cgroup.procs", &group.procs_, O_WRONLY},
              std::tuple{"cgroup.kill", &group.kill_, O_WRONLY},
              std::tuple{"cgroup.events", &group.events_, O_RDONLY}}) {
            auto opened = open_at(group.directory_.get(), file, flags);
            if (!opened) return cellos::failure(std::move(opened).error());
            *descriptor = std::move(*opened);
        }
        return group;
    }

    ControlGroup(ControlGroup&& other) noexcept = default;
    ControlGroup& operator=(ControlGroup&& other) noexcept = default;
    ~ControlGroup() {
        if (directory_) ::rmdir(path_.c_str());
    }

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// For SpawnRequest::cgroups.
    [[nodiscard]] int procs_fd() const noexcept { return procs_.get(); }

    /// SIGKILL to every process in the group, those that fork meanwhile included.
    [[nodiscard]] Result<void> kill() const { return write_all(kill_.get(), "1"); }

    /// Zombies do not count: they hold nothing any more.
    [[nodiscard]] bool populated() const {
        char text[64];
        const ssize_t got = ::pread(events_.get(), text, sizeof text, 0);
        return got <= 0 || std::string_view{text, static_cast<std::size_t>(got)}.find("populated 0"
                           ) == std::string_view::npos;
    }

    /// Waits for the last process to be gone. The kernel reports the change as POLLPRI, and reading
    /// the file before each wait makes sure that none is missed. False: the deadline passed first.
    [[nodiscard]] bool wait_until_empty(Clock::time_point deadline) const {
        while (populated()) {
            if (!wait_readable(events_.get(), deadline, POLLPRI)) return !populated();
        }
        return true;
    }

    [[nodiscard]] Result<void> remove() {
        if (::rmdir(path_.c_str()) == -1 && errno != ENOENT)
            return failure("cannot remove the control group " + path_.string());
        directory_.reset();
        return {};
    }

private:
    ControlGroup() = default;

    std::filesystem::path path_;
    Descriptor directory_;
    Descriptor procs_;
    Descriptor kill_;
    Descriptor events_;
};

} // namespace cellos::inline v0::os
