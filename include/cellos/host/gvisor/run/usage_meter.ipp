#pragma once

#include <cellos/host/gvisor/run/usage_meter.hpp>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL void UsageMeter::begin() {
    if (group_ == nullptr) return;
    if (is_alone_) {
        group_->reset_peak_memory();
        memory_before_ = group_->memory_usage();
    }
    cpu_before_ = group_->cpu_time();
}

CELLOS_DECL void UsageMeter::started() {
    started_at_ = os::Clock::now();
}

CELLOS_DECL ResourceUsage UsageMeter::read(const sandbox::agent::Tell* ended) const {
    ResourceUsage usage;
    if (started_at_ != os::Clock::time_point{}) usage.wall = os::Clock::now() - started_at_;
    usage.sandbox_cpu_time = cpu_time();
    if (group_ != nullptr) usage.sandbox_peak_memory_bytes = group_->peak_memory();
    if (memory_before_ && usage.sandbox_peak_memory_bytes > memory_before_)
        usage.peak_memory_bytes = *usage.sandbox_peak_memory_bytes - *memory_before_;
    if (ended == nullptr) return usage;
    usage.user_time = std::chrono::microseconds{ended->user_micros};
    usage.system_time = std::chrono::microseconds{ended->system_micros};
    if (!usage.peak_memory_bytes) usage.peak_memory_bytes = ended->peak_kib * 1024;
    return usage;
}

CELLOS_DECL std::optional<std::chrono::nanoseconds> UsageMeter::cpu_time() const {
    if (group_ == nullptr || !cpu_before_) return std::nullopt;
    const auto now = group_->cpu_time();
    if (!now) return std::nullopt;
    return *now - *cpu_before_;
}

CELLOS_DECL CpuTimeLimit::CpuTimeLimit(const UsageMeter& meter, std::chrono::nanoseconds limit)
    : meter_{&meter}, budget_{limit, std::chrono::nanoseconds{0}, os::usable_processors()} {}

CELLOS_DECL os::Clock::time_point CpuTimeLimit::next_look() const {
    const auto used = meter_->cpu_time();
    if (!used) return (os::Clock::time_point::max)();
    if (budget_.is_spent(*used)) return (os::Clock::time_point::min)();
    return budget_.next_look(*used, os::Clock::now());
}

} // namespace cellos::inline CELLOS_ABI::gvisor
