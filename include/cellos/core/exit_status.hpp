#pragma once

#include <cellos/core/enum_names.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// How the workload ended. `code` is set only if the workload itself returned it, and `signal` only
/// if a signal ended it; a forced end (TimedOut, Cancelled, OutOfMemory) has neither.
struct ExitStatus {
    enum class Kind : std::uint8_t { Exited, Signaled, TimedOut, Cancelled, OutOfMemory };

    Kind kind = Kind::Exited;
    std::optional<int> code{};
    std::optional<int> signal{};

    [[nodiscard]] constexpr bool succeeded() const noexcept {
        return kind == Kind::Exited && code == 0;
    }

    [[nodiscard]] static constexpr ExitStatus exited(int code) noexcept {
        return {Kind::Exited, code, {}};
    }
    [[nodiscard]] static constexpr ExitStatus signaled(int signal) noexcept {
        return {Kind::Signaled, {}, signal};
    }
    /// An end that the supervisor or the kernel forced: TimedOut, Cancelled or OutOfMemory.
    [[nodiscard]] static constexpr ExitStatus forced(Kind kind) noexcept { return {kind, {}, {}}; }

    friend constexpr bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

template <>
inline constexpr auto enum_names<ExitStatus::Kind> = std::to_array<EnumName<ExitStatus::Kind>>({
    {ExitStatus::Kind::Exited, "exited"},
    {ExitStatus::Kind::Signaled, "signaled"},
    {ExitStatus::Kind::TimedOut, "timedOut"},
    {ExitStatus::Kind::Cancelled, "cancelled"},
    {ExitStatus::Kind::OutOfMemory, "outOfMemory"},
});
static_assert(detail::has_names_for_all<ExitStatus::Kind>());

/// The names that reports and events use: `exited`, `signaled`, `timedOut`, `cancelled`,
/// `outOfMemory`.
[[nodiscard]] constexpr std::string_view to_string(ExitStatus::Kind kind) noexcept {
    return detail::name_of(kind, "unknown");
}

/// The exit status that a shell would show as `$?`, by the conventions of `timeout(1)` and POSIX
/// shells: the workload's own code, 128+N for signal N, 124 for a time-out, 130 for cancelled, 137
/// for out of memory.
[[nodiscard]] constexpr int shell_exit_code(const ExitStatus& status) noexcept {
    switch (status.kind) {
        using enum ExitStatus::Kind;
    case Exited: return status.code.value_or(125);
    case Signaled: return 128 + status.signal.value_or(0);
    case TimedOut: return 124;
    case Cancelled: return 130;
    case OutOfMemory: return 137;
    }
    return 125;
}

} // namespace cellos::inline CELLOS_ABI
