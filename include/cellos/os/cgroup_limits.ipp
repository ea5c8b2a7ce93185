#pragma once

#include <cellos/os/cgroup_limits.hpp>
#include <cellos/os/descriptor.hpp>

#include <charconv>
#include <string>
#include <system_error>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL Result<void> set_memory_limit(const CgroupDirectory& group, std::uint64_t bytes) {
    const bool unified = group.unified();
    const std::string limit = std::to_string(bytes);
    const auto limit_memory = [&] {
        return group.set(unified ? "memory.max" : "memory.limit_in_bytes", limit);
    };
    // Only where the kernel accounts for swap. Version 1 counts it together with memory.
    const auto limit_swap = [&] {
        static_cast<void>(group.set(
            unified ? "memory.swap.max" : "memory.memsw.limit_in_bytes", unified ? "0" : limit
        ));
    };
    auto set = limit_memory();
    if (!set && !unified) {
        // Version 1 wants the sum never to be below its part, so that it has to be raised first.
        limit_swap();
        set = limit_memory();
    }
    if (set) limit_swap();
    return set;
}

CELLOS_DECL Result<void> set_cpu_limit(
    const CgroupDirectory& group, std::int64_t quota, std::int64_t period
) {
    const auto quota_text = std::to_string(quota);
    const auto period_text = std::to_string(period);
    if (group.unified()) return group.set("cpu.max", quota_text + ' ' + period_text);
    const auto set_period = [&] { return group.set("cpu.cfs_period_us", period_text); };
    const auto set_quota = [&] { return group.set("cpu.cfs_quota_us", quota_text); };
    auto set = set_period();
    if (set) return set_quota();
    // A shorter period with the quota of before may be more than the groups above have.
    set = set_quota();
    return set ? set_period() : set;
}

CELLOS_DECL Result<void> lift_cpu_limit(const CgroupDirectory& group) {
    return group.unified() ? group.set("cpu.max", "max") : group.set("cpu.cfs_quota_us", "-1");
}

CELLOS_DECL Result<void> set_task_limit(const CgroupDirectory& group, std::uint64_t count) {
    return group.set("pids.max", std::to_string(count));
}

CELLOS_DECL std::optional<std::uint64_t> memory_usage(const CgroupDirectory& group) {
    const char* file = group.unified() ? "memory.current" : "memory.usage_in_bytes";
    const auto text = read_file(group.fd(), file, 64);
    std::uint64_t bytes = 0;
    if (!text ||
        std::from_chars(text->data(), text->data() + text->size(), bytes).ec != std::errc{})
        return std::nullopt;
    return bytes;
}

} // namespace cellos::inline CELLOS_ABI::os
