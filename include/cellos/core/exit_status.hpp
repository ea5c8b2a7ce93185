#pragma once

#include <cellos/core/enum_names.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// How the workload ended. `code` is there only when the workload itself returned it and `signal`
/// only when a signal ended it; a forced end (every other kind) carries neither.
struct ExitStatus {
    enum class Kind : std::uint8_t {
        Exited,
        Signaled,
        TimedOut,
        Cancelled,
        OutOfMemory,
        CpuTimeExceeded,     ///< it used up its `cpuTimeMs`
        OutputLimitExceeded, ///< it wrote more than `maxOutputBytes`
    };

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
    /// An end that the supervisor or the kernel forced: any kind but Exited and Signaled.
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
    {ExitStatus::Kind::CpuTimeExceeded, "cpuTimeExceeded"},
    {ExitStatus::Kind::OutputLimitExceeded, "outputLimitExceeded"},
});
static_assert(detail::has_names_for_all<ExitStatus::Kind>());

/// The names that reports and events use: `exited`, `signaled`, `timedOut`, `cancelled`,
/// `outOfMemory`, `cpuTimeExceeded`, `outputLimitExceeded`.
[[nodiscard]] constexpr std::string_view to_string(ExitStatus::Kind kind) noexcept {
    return detail::name_of(kind, "unknown");
}

/// What a shell's `$?` would be, by the convention of `timeout(1)` and POSIX shells: the workload's
/// own code, 128+N for a signal, 124 time-out, 130 cancelled, 137 out of memory, 152 processor time
/// used up (128+SIGXCPU), 153 output limit (128+SIGXFSZ).
[[nodiscard]] constexpr int shell_exit_code(const ExitStatus& status) noexcept {
    switch (status.kind) {
        using enum ExitStatus::Kind;
    case Exited: return status.code.value_or(125);
    case Signaled: return 128 + status.signal.value_or(0);
    case TimedOut: return 124;
    case Cancelled: return 130;
    case OutOfMemory: return 137;
    case CpuTimeExceeded: return 152;
    case OutputLimitExceeded: return 153;
    }
    return 125;
}

} // namespace cellos::inline CELLOS_ABI
