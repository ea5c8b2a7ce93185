#pragma once

#include <cellos/core/visible.hpp>
#include <cellos/host/sandbox/agent/tell.hpp>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <system_error>

namespace cellos::inline CELLOS_ABI::sandbox::agent {

namespace detail {

[[nodiscard]] constexpr bool ends_a_process(std::int32_t wait_status) noexcept {
    const int signal = wait_status & 0x7F;
    if (signal == 0) return wait_status >= 0 && wait_status <= 0xFFFF && (wait_status & 0x80) == 0;
    constexpr int last_signal = 64;
    return signal <= last_signal && wait_status >= 0 && wait_status <= 0xFF;
}

// Has no more fields than its kind.
[[nodiscard]] constexpr bool is_bare(const Tell& tell) noexcept {
    return tell.reserved == 0 && (tell.kind == Kind::Failed || tell.step == Step::None) &&
           (tell.kind == Kind::Ended ||
            (tell.user_micros == 0 && tell.system_micros == 0 && tell.peak_kib == 0));
}

[[nodiscard]] constexpr bool is_possible(const Tell& tell) noexcept {
    // More than any run has, and no more than nanoseconds and bytes have room for.
    constexpr std::uint64_t too_much = std::uint64_t{1} << 52;
    constexpr std::int32_t last_error = 4095;
    if (!is_bare(tell)) return false;
    switch (tell.kind) {
    case Kind::Ready: return tell.status == -1 || ends_a_process(tell.status);
    case Kind::Stored:
    case Kind::Started: return tell.status == 0;
    case Kind::Ended:
        return ends_a_process(tell.status) && tell.user_micros < too_much &&
               tell.system_micros < too_much && tell.peak_kib < too_much;
    case Kind::Failed:
        return tell.step > Step::None && tell.step <= Step::Execute && tell.status > 0 &&
               tell.status <= last_error;
    }
    return false;
}

} // namespace detail

CELLOS_DECL std::optional<Tell> parse_tell(std::span<const std::byte, sizeof(Tell)> bytes
) noexcept {
    Tell tell;
    std::memcpy(&tell, bytes.data(), sizeof tell);
    if (tell.magic != magic || !detail::is_possible(tell)) return std::nullopt;
    return tell;
}

CELLOS_DECL ExitStatus exit_status_of(const Tell& tell) noexcept {
    const int signal = tell.status & 0x7F;
    return signal != 0 ? ExitStatus::signaled(signal) : ExitStatus::exited(tell.status >> 8);
}

CELLOS_DECL CellosError
error_of(const Tell& tell, std::string_view program, std::string_view working_directory) {
    using enum CellosError::Kind;
    const std::string cause = std::generic_category().message(tell.status);
    const auto broken = [&](std::string_view what) {
        return CellosError{SandboxFailed, std::string{what} + ": " + cause};
    };
    switch (tell.step) {
    case Step::Search: return {CommandNotFound, visible(program)};
    case Step::Execute:
        if (tell.status == ENOENT) return {CommandNotFound, visible(program)};
        if (tell.status == E2BIG)
            return {ArgvTooLarge, "arguments and variables are too long: " + cause};
        // Whatever else is wrong with a program is the program's: a damaged file is EFAULT, ENOMEM
        // or EINVAL, a link to itself ELOOP.
        return {CommandNotExecutable, visible(program)};
    case Step::Directory:
        return {
            InvalidSpec,
            "spec.run.workingDirectory: " + visible(working_directory) +
                " cannot be entered in the cell: " + cause};
    case Step::Store: return broken("the sandbox could not store a file");
    case Step::Hostname: return broken("the sandbox could not take its name");
    case Step::Streams: return broken("the sandbox could not make the workload's streams");
    case Step::Fork: return broken("the sandbox could not start a process");
    case Step::Limits: return broken("the sandbox could not set a limit");
    case Step::Drop: return broken("the sandbox could not give up its privileges");
    case Step::None:
    case Step::Read: break;
    }
    return broken("the sandbox did not understand what to run");
}

} // namespace cellos::inline CELLOS_ABI::sandbox::agent
