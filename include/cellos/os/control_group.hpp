#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/os/cgroup_hierarchy.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/memory_watch.hpp>
#include <cellos/os/process_table.hpp>
#include <cellos/os/wait.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>

/// @file
/// A control group around one cell: the only complete list of its processes, the only way to end
/// all of them at once, and the only limit on what they use together. gVisor's platform processes
/// have an empty command line, and a sandbox outlives the `runsc` that started it.

namespace cellos::inline CELLOS_ABI::os {

/// Where the groups of this name are, as far as there are any: one for each hierarchy.
template <class = IfUsed>
[[nodiscard]] std::vector<std::filesystem::path> control_group_paths(
    const CgroupHierarchies& hierarchies, const std::string& name
) {
    std::vector<std::filesystem::path> paths;
    for (const CgroupHierarchy& hierarchy : hierarchies) paths.push_back(hierarchy.parent / name);
    return paths;
}

/// One group of the same name in each hierarchy that is needed. The processes are ended and waited
/// for through cgroup2 where there is one, which knows both as single operations; a limit takes the
/// group of its controller, which is made only then. The destructor removes what nobody is left in.
template <class = IfUsed>
class BasicControlGroup {
public:
    /// Makes a group without limits. Fails where this process may not make any.
    [[nodiscard]] static Result<BasicControlGroup> make(
        const CgroupHierarchies& hierarchies, const std::string& name
    ) {
        BasicControlGroup group{hierarchies, name};
        const auto unified = std::ranges::find_if(hierarchies, &CgroupHierarchy::unified);
        const CgroupHierarchy* first = unified != hierarchies.end() ? &*unified : nullptr;
        for (const char* controller : {"pids", "memory", "cpu"})
            if (first == nullptr) first = group.hierarchy_of(controller);
        if (first == nullptr)
            return cellos::failure(CellosError::Kind::Host, "there are no control groups here");
        if (auto member = group.member_in(*first); !member) return failure_of(member);
        return group;
    }

    /// The groups that are there of those at `paths`, whoever made them; nothing if there is none.
    [[nodiscard]] static std::optional<BasicControlGroup> open(
        const std::vector<std::filesystem::path>& paths
    ) {
        BasicControlGroup group{{}, {}};
        for (const auto& path : paths) {
            if (auto member = Member::open(path)) group.members_.push_back(std::move(*member));
        }
        if (group.members_.empty()) return std::nullopt;
        // cgroup2 first.
        std::ranges::stable_partition(group.members_, [](const Member& member) {
            return bool{member.events};
        });
        return group;
    }

    BasicControlGroup(BasicControlGroup&& other) noexcept = default;
    BasicControlGroup& operator=(BasicControlGroup&& other) noexcept = default;
    ~BasicControlGroup() { static_cast<void>(remove()); }

    /// The group that lists the processes.
    [[nodiscard]] const std::filesystem::path& path() const noexcept {
        return members_.front().path;
    }
    /// For SpawnRequest::cgroup; -1 where a process has to join by itself.
    [[nodiscard]] int directory_fd() const noexcept {
        const Member& list = members_.front();
        return list.events && !was_killed_ ? list.directory.get() : -1;
    }
    /// For SpawnRequest::cgroups: the groups that a process has to join by itself.
    [[nodiscard]] std::vector<int> joined_procs_fds() const {
        std::vector<int> files;
        for (const Member& member : members_)
            if (!member.events || was_killed_) files.push_back(member.procs.get());
        return files;
    }

    /// Makes the group of a controller before there is a process, for a limit that is known later.
    [[nodiscard]] Result<void> reserve(std::string_view controller) {
        auto member = member_for(controller);
        if (!member) return failure_of(member);
        return {};
    }

    /// To be called after kill(), before a process is started in it again. Some kernels (6.18)
    /// kill whatever is born into a group that was killed at any time; it can still join.
    void use_again() noexcept { was_killed_ = true; }

    /// To be called once processes are in it: what they have not joined cannot limit them any more.
    void seal() noexcept { sealed_ = true; }

    /// What all processes use together, in bytes; nothing where no controller tells.
    [[nodiscard]] std::optional<std::uint64_t> memory_usage() {
        auto member = member_for("memory");
        if (!member) return std::nullopt;
        const char* file = (*member)->events ? "memory.current" : "memory.usage_in_bytes";
        const auto text = read_file((*member)->directory.get(), file, 64);
        std::uint64_t bytes = 0;
        if (!text ||
            std::from_chars(text->data(), text->data() + text->size(), bytes).ec != std::errc{})
            return std::nullopt;
        return bytes;
    }

    /// The memory that would be free without its processes, in bytes: what each has of its own, and
    /// its share of what several have (proc(5), `Pss`). Tells without a controller.
    [[nodiscard]] std::optional<std::uint64_t> resident_bytes() const {
        std::uint64_t kilobytes = 0;
        for (const pid_t pid : listed(members_.front())) {
            const auto path = "/proc/" + std::to_string(pid) + "/smaps_rollup";
            const std::string text = read_file(AT_FDCWD, path.c_str(), 4096).value_or("");
            constexpr std::string_view name = "\nPss:";
            const auto found = text.find(name);
            if (found == std::string::npos) continue;
            const auto number = text.find_first_not_of(' ', found + name.size());
            std::uint64_t pss = 0;
            if (number != std::string::npos)
                std::from_chars(text.data() + number, text.data() + text.size(), pss);
            kilobytes += pss;
        }
        if (kilobytes == 0) return std::nullopt;
        return kilobytes << 10;
    }

    /// What all processes use together, swap and the files that they keep in memory included.
    [[nodiscard]] Result<void> limit_memory(std::uint64_t bytes) {
        auto member = member_for("memory");
        if (!member) return failure_of(member);
        const int directory = (*member)->directory.get();
        const bool unified = bool{(*member)->events};
        const std::string limit = std::to_string(bytes);
        auto set =
            write_setting(directory, unified ? "memory.max" : "memory.limit_in_bytes", limit);
        if (!set) return set;
        // Only where the kernel accounts for swap. Version 1 counts it together with memory.
        static_cast<void>(write_setting(
            directory,
            unified ? "memory.swap.max" : "memory.memsw.limit_in_bytes",
            unified ? "0" : limit
        ));
        auto watch = MemoryWatch::open(directory, unified);
        if (!watch) return failure_of(watch);
        memory_ = std::move(*watch);
        return {};
    }

    /// `quota` microseconds of processor time in each `period`.
    [[nodiscard]] Result<void> limit_cpu(std::int64_t quota, std::int64_t period) {
        auto member = member_for("cpu");
        if (!member) return failure_of(member);
        const int directory = (*member)->directory.get();
        const auto quota_text = std::to_string(quota);
        const auto period_text = std::to_string(period);
        if ((*member)->events)
            return write_setting(directory, "cpu.max", quota_text + ' ' + period_text);
        auto set = write_setting(directory, "cpu.cfs_period_us", period_text);
        return set ? write_setting(directory, "cpu.cfs_quota_us", quota_text) : set;
    }

    /// How many tasks there may be, threads included.
    [[nodiscard]] Result<void> limit_tasks(std::uint64_t count) {
        auto member = member_for("pids");
        if (!member) return failure_of(member);
        return write_setting((*member)->directory.get(), "pids.max", std::to_string(count));
    }

    /// Tells of the memory limit being hit; null without one.
    [[nodiscard]] MemoryWatch* memory() noexcept { return memory_ ? &*memory_ : nullptr; }

    /// SIGKILL to every process in the group; with cgroup2 those that fork meanwhile included.
    [[nodiscard]] Result<void> kill() const {
        const Member& list = members_.front();
        if (list.kill) return write_all(list.kill.get(), "1");
        for (const FoundProcess& process : processes())
            ::syscall(SYS_pidfd_send_signal, process.pidfd.get(), SIGKILL, nullptr, 0);
        return {};
    }

    /// Zombies do not count: they hold nothing any more.
    [[nodiscard]] bool populated() const {
        const Member& list = members_.front();
        if (!list.events) return !listed(list).empty();
        char text[64];
        const ssize_t got = ::pread(list.events.get(), text, sizeof text, 0);
        return got <= 0 || std::string_view{text, static_cast<std::size_t>(got)}.find("populated 0"
                           ) == std::string_view::npos;
    }

    /// Waits for the last process to be gone. False: the deadline passed first.
    [[nodiscard]] bool wait_until_empty(Clock::time_point deadline) const {
        const Member& list = members_.front();
        while (populated()) {
            if (Clock::now() >= deadline) return false;
            if (list.events) {
                // Reading the file before each wait makes sure that no change is missed.
                static_cast<void>(wait_readable(list.events.get(), deadline, POLLPRI));
                continue;
            }
            // Version 1 has no event for it, so that the processes themselves are waited for, and
            // those that they made before they ended are killed as well.
            static_cast<void>(kill());
            for (const FoundProcess& process : processes())
                static_cast<void>(wait_readable(process.pidfd.get(), deadline));
        }
        return true;
    }

    /// May be repeated after a failure.
    [[nodiscard]] Result<void> remove() {
        while (!members_.empty()) {
            const auto& path = members_.back().path;
            if (::rmdir(path.c_str()) == -1 && errno != ENOENT)
                return failure("cannot remove the control group " + path.string());
            members_.pop_back();
        }
        return {};
    }

private:
    /// The group in one hierarchy.
    struct Member {
        std::filesystem::path path;
        Descriptor directory;
        Descriptor procs;
        Descriptor events; ///< cgroup2 only
        Descriptor kill;   ///< cgroup2 since Linux 5.14

        [[nodiscard]] static Result<Member> open(const std::filesystem::path& path) {
            Member member{.path = path, .directory = {}, .procs = {}, .events = {}, .kill = {}};
            auto directory = open_at(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY);
            if (!directory) return failure_of(directory);
            auto procs = open_at(directory->get(), "cgroup.procs", O_RDWR);
            if (!procs) return failure_of(procs);
            const auto optional = [&](const char* file, int flags) {
                return open_at(directory->get(), file, flags).value_or(Descriptor{});
            };
            member.events = optional("cgroup.events", O_RDONLY);
            member.kill = optional("cgroup.kill", O_WRONLY);
            member.directory = std::move(*directory);
            member.procs = std::move(*procs);
            return member;
        }
    };

    BasicControlGroup(CgroupHierarchies hierarchies, std::string name)
        : hierarchies_{std::move(hierarchies)}, name_{std::move(name)} {}

    [[nodiscard]] const CgroupHierarchy* hierarchy_of(std::string_view controller) const {
        const auto found = std::ranges::find_if(hierarchies_, [&](const CgroupHierarchy& each) {
            return each.has(controller);
        });
        return found != hierarchies_.end() ? &*found : nullptr;
    }

    [[nodiscard]] Result<Member*> member_for(std::string_view controller) {
        const CgroupHierarchy* hierarchy = hierarchy_of(controller);
        if (hierarchy == nullptr)
            return cellos::failure(
                CellosError::Kind::Host,
                "there is no control group here with the controller " + std::string{controller}
            );
        if (hierarchy->unified) {
            const std::string enable = "+" + std::string{controller};
            const auto control = hierarchy->parent / "cgroup.subtree_control";
            // EBUSY: a group with processes of its own cannot hand out controllers.
            if (auto enabled = write_setting(AT_FDCWD, control.c_str(), enable); !enabled) {
                enabled.error().message +=
                    " (a delegated group without processes is needed: GVisorConfig::cgroup_parent)";
                return failure_of(enabled);
            }
        }
        return member_in(*hierarchy);
    }

    [[nodiscard]] Result<Member*> member_in(const CgroupHierarchy& hierarchy) {
        auto path = hierarchy.parent / name_;
        const auto found = std::ranges::find(members_, path, &Member::path);
        if (found != members_.end()) return &*found;
        if (sealed_) {
            return cellos::failure(
                CellosError::Kind::Unsupported, "its processes run outside of " + path.string()
            );
        }
        if (::mkdir(path.c_str(), 0755) == -1)
            return failure("cannot make the control group " + path.string());
        auto member = Member::open(path);
        if (!member) {
            ::rmdir(path.c_str());
            return failure_of(member);
        }
        return &members_.emplace_back(std::move(*member));
    }

    [[nodiscard]] static Result<void> write_setting(
        int directory, const char* file, std::string_view value
    ) {
        auto setting = open_at(directory, file, O_WRONLY);
        if (!setting) return failure_of(setting);
        auto written = write_all(setting->get(), value);
        if (!written) written.error().message += std::string{" to "} + file;
        return written;
    }

    [[nodiscard]] static std::vector<pid_t> listed(const Member& member) {
        std::vector<pid_t> pids;
        if (::lseek(member.procs.get(), 0, SEEK_SET) == -1) return pids;
        const std::string text = read_all(member.procs.get()).value_or("");
        const char* at = text.data();
        const char* const end = at + text.size();
        for (pid_t pid = 0; at < end; ++at) {
            at = std::from_chars(at, end, pid).ptr;
            // 0 is a process that this PID namespace does not show.
            if (pid > 0) pids.push_back(pid);
        }
        return pids;
    }

    [[nodiscard]] std::vector<FoundProcess> processes() const {
        std::vector<FoundProcess> found;
        for (const pid_t pid : listed(members_.front())) {
            Descriptor pidfd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
            if (pidfd) found.push_back({pid, std::move(pidfd)});
        }
        // A number that changed hands before its pidfd was open is not in the list any more.
        const auto still = listed(members_.front());
        std::erase_if(found, [&](const FoundProcess& process) {
            return std::ranges::find(still, process.pid) == still.end();
        });
        return found;
    }

    CgroupHierarchies hierarchies_;
    std::string name_;
    std::vector<Member> members_; ///< the first one lists the processes
    std::optional<MemoryWatch> memory_;
    bool sealed_ = false;
    bool was_killed_ = false;
};

using ControlGroup = BasicControlGroup<>;

} // namespace cellos::inline CELLOS_ABI::os
