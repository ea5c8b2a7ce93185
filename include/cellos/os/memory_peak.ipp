#pragma once

#include <cellos/os/memory_peak.hpp>

#include <charconv>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL std::optional<MemoryPeak> MemoryPeak::open(const CgroupDirectory& group) {
    const char* name = group.unified() ? "memory.peak" : "memory.max_usage_in_bytes";
    auto file = open_at(group.fd(), name, O_RDWR);
    // Where it cannot be reset, it cannot be written to.
    if (!file) file = open_at(group.fd(), name, O_RDONLY);
    if (!file) return std::nullopt;
    return MemoryPeak{std::move(*file)};
}

CELLOS_DECL void MemoryPeak::reset() noexcept {
    const bool counts_anew = ::write(file_.get(), "0", 1) == 1;
    before_ = counts_anew ? 0 : read().value_or(0);
}

CELLOS_DECL std::optional<std::uint64_t> MemoryPeak::bytes() const noexcept {
    const auto most = read();
    if (before_ != 0 && most && *most <= before_) return std::nullopt;
    return most;
}

inline std::optional<std::uint64_t> MemoryPeak::read() const noexcept {
    char text[32];
    const ssize_t got = ::pread(file_.get(), text, sizeof text, 0);
    std::uint64_t bytes = 0;
    if (got <= 0 || std::from_chars(text, text + got, bytes).ec != std::errc{}) return std::nullopt;
    return bytes;
}

} // namespace cellos::inline CELLOS_ABI::os
