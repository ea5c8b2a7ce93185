#pragma once

#include <cellos/os/cgroup_limits.hpp>
#include <cellos/os/control_group.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/proportional_memory.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL std::vector<std::filesystem::path> control_group_paths(
    const CgroupHierarchies& hierarchies, const std::string& name
) {
    std::vector<std::filesystem::path> paths;
    for (const CgroupHierarchy& hierarchy : hierarchies) paths.push_back(hierarchy.parent / name);
    return paths;
}

CELLOS_DECL Result<ControlGroup> ControlGroup::make(
    const CgroupHierarchies& hierarchies, const std::string& name
) {
    ControlGroup group{hierarchies, name};
    const auto unified = std::ranges::find_if(hierarchies, &CgroupHierarchy::unified);
    const CgroupHierarchy* first = unified != hierarchies.end() ? &*unified : nullptr;
    for (const char* controller : {"pids", "memory", "cpu"})
        if (first == nullptr) first = group.hierarchy_of(controller);
    if (first == nullptr)
        return cellos::failure(CellosError::Kind::Host, "there are no control groups here");
    if (auto member = group.member_in(*first); !member) return failure_of(member);
    return group;
}

CELLOS_DECL std::optional<ControlGroup> ControlGroup::open(
    const std::vector<std::filesystem::path>& paths
) {
    ControlGroup group{{}, {}};
    for (const auto& path : paths) {
        if (auto member = CgroupDirectory::open(path)) group.members_.push_back(std::move(*member));
    }
    if (group.members_.empty()) return std::nullopt;
    // cgroup2 first.
    std::ranges::stable_partition(group.members_, &CgroupDirectory::unified);
    return group;
}

CELLOS_DECL ControlGroup::~ControlGroup() {
    static_cast<void>(remove());
}

CELLOS_DECL std::vector<int> ControlGroup::joined_procs_fds() const {
    std::vector<int> files;
    for (const CgroupDirectory& member : members_)
        if (!member.unified() || was_killed_) files.push_back(member.procs_fd());
    return files;
}

CELLOS_DECL Result<void> ControlGroup::reserve(std::string_view controller) {
    auto member = member_for(controller);
    if (!member) return failure_of(member);
    return {};
}

CELLOS_DECL std::optional<std::chrono::nanoseconds> ControlGroup::cpu_time() const {
    for (const CgroupDirectory& member : members_)
        if (const auto used = member.cpu_time()) return used;
    return std::nullopt;
}

CELLOS_DECL std::optional<std::uint64_t> ControlGroup::memory_usage() const {
    const CgroupDirectory* const member = member_with("memory");
    return member != nullptr ? os::memory_usage(*member) : std::nullopt;
}

CELLOS_DECL std::optional<std::uint64_t> ControlGroup::peak_memory() {
    const MemoryPeak* const most = peak();
    return most != nullptr ? most->bytes() : std::nullopt;
}

CELLOS_DECL void ControlGroup::reset_peak_memory() {
    if (MemoryPeak* const most = peak()) most->reset();
}

CELLOS_DECL std::optional<std::uint64_t> ControlGroup::resident_bytes() const {
    const std::uint64_t bytes = proportional_memory(members_.front().pids());
    if (bytes == 0) return std::nullopt;
    return bytes;
}

CELLOS_DECL Result<void> ControlGroup::limit_memory(std::uint64_t bytes) {
    auto member = member_for("memory");
    if (!member) return failure_of(member);
    const CgroupDirectory& group = **member;
    // Armed first: a limit below what is in use kills at once.
    auto watch = MemoryWatch::open(group.fd(), group.unified());
    if (!watch) return failure_of(watch);
    if (auto set = set_memory_limit(group, bytes); !set) return set;
    memory_ = std::move(*watch);
    return {};
}

CELLOS_DECL Result<void> ControlGroup::limit_cpu(std::int64_t quota, std::int64_t period) {
    auto member = member_for("cpu");
    if (!member) return failure_of(member);
    return set_cpu_limit(**member, quota, period);
}

CELLOS_DECL Result<void> ControlGroup::lift_cpu_limit() {
    auto member = member_for("cpu");
    return member ? os::lift_cpu_limit(**member) : failure_of(member);
}

CELLOS_DECL Result<void> ControlGroup::limit_tasks(std::uint64_t count) {
    auto member = member_for("pids");
    if (!member) return failure_of(member);
    return set_task_limit(**member, count);
}

CELLOS_DECL Result<void> ControlGroup::remove() {
    while (!members_.empty()) {
        const auto& path = members_.back().path();
        if (::rmdir(path.c_str()) == -1 && errno != ENOENT)
            return failure("cannot remove the control group " + path.string());
        members_.pop_back();
    }
    return {};
}

inline ControlGroup::ControlGroup(CgroupHierarchies hierarchies, std::string name)
    : hierarchies_{std::move(hierarchies)}, name_{std::move(name)} {}

inline const CgroupHierarchy* ControlGroup::hierarchy_of(std::string_view controller) const {
    const auto found = std::ranges::find_if(hierarchies_, [&](const CgroupHierarchy& each) {
        return each.has(controller);
    });
    return found != hierarchies_.end() ? &*found : nullptr;
}

inline const CgroupDirectory* ControlGroup::member_with(std::string_view controller) const {
    const CgroupHierarchy* const hierarchy = hierarchy_of(controller);
    if (hierarchy == nullptr) return nullptr;
    const auto found =
        std::ranges::find(members_, hierarchy->parent / name_, &CgroupDirectory::path);
    return found != members_.end() ? &*found : nullptr;
}

inline MemoryPeak* ControlGroup::peak() {
    const CgroupDirectory* const member = peak_ ? nullptr : member_with("memory");
    if (member != nullptr) peak_ = MemoryPeak::open(*member);
    return peak_ ? &*peak_ : nullptr;
}

inline Result<CgroupDirectory*> ControlGroup::member_for(std::string_view controller) {
    const CgroupHierarchy* hierarchy = hierarchy_of(controller);
    if (hierarchy == nullptr)
        return cellos::failure(
            CellosError::Kind::Host,
            "there is no control group here with the controller " + std::string{controller}
        );
    if (auto handed = hierarchy->hand_out(controller); !handed) return failure_of(handed);
    return member_in(*hierarchy);
}

inline Result<CgroupDirectory*> ControlGroup::member_in(const CgroupHierarchy& hierarchy) {
    auto path = hierarchy.parent / name_;
    const auto found = std::ranges::find(members_, path, &CgroupDirectory::path);
    if (found != members_.end()) return &*found;
    if (sealed_) {
        return cellos::failure(
            CellosError::Kind::Unsupported, "its processes run outside of " + path.string()
        );
    }
    if (auto made = make_directory(AT_FDCWD, path.c_str(), 0755); !made) return failure_of(made);
    auto member = CgroupDirectory::open(path);
    if (!member) {
        ::rmdir(path.c_str());
        return failure_of(member);
    }
    return &members_.emplace_back(std::move(*member));
}

} // namespace cellos::inline CELLOS_ABI::os
