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
    auto set = group.set(unified ? "memory.max" : "memory.limit_in_bytes", limit);
    if (!set) return set;
    // Only where the kernel accounts for swap. Version 1 counts it together with memory.
    static_cast<void>(group.set(
        unified ? "memory.swap.max" : "memory.memsw.limit_in_bytes", unified ? "0" : limit
    ));
    return {};
}

CELLOS_DECL Result<void> set_cpu_limit(
    const CgroupDirectory& group, std::int64_t quota, std::int64_t period
) {
    const auto quota_text = std::to_string(quota);
    const auto period_text = std::to_string(period);
    if (group.unified()) return group.set("cpu.max", quota_text + ' ' + period_text);
    auto set = group.set("cpu.cfs_period_us", period_text);
    return set ? group.set("cpu.cfs_quota_us", quota_text) : set;
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
