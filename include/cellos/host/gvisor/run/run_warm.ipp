#pragma once

#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/launcher/wire.hpp>
#include <cellos/host/gvisor/run/attached_run.hpp>
#include <cellos/host/gvisor/run/handover.hpp>
#include <cellos/host/gvisor/run/launcher_error.hpp>
#include <cellos/host/gvisor/run/run_warm.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/os/stdio.hpp>

#include <utility>
#include <variant>

#include <unistd.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// Why the run cannot be handed over to the sandbox that waits for it.
[[nodiscard]] inline std::optional<std::string> handover_obstacle(
    const WaitingLauncher& launcher, const RunContext& context
) {
    if (!launcher.is_alive()) return "the sandbox that waited has died";
    if (!context.inputs.empty() && !launcher.takes_inputs)
        return "the rootfs has no directory /inputs for its input files";
    const auto* given = std::get_if<Descriptors>(&context.stdio);
    const Descriptors streams = std::holds_alternative<Inherit>(context.stdio)
                                    ? Descriptors{0, 1, 2}
                                    : (given ? *given : Descriptors{});
    for (const int fd : {streams.stdin_fd, streams.stdout_fd, streams.stderr_fd})
        if (fd >= 0 && ::isatty(fd) == 1) return "its standard streams are a terminal";
    return std::nullopt;
}

} // namespace detail

CELLOS_DECL std::optional<Result<ExitStatus>> run_warm(
    Cell& cell, const Runsc& runsc, const RunContext& context, std::optional<std::string>& cold
) {
    auto launcher = cell.take_waiting();
    if (!launcher) return std::nullopt;
    cold = detail::handover_obstacle(*launcher, context);
    const bool group_limits_memory = cell.group() != nullptr && cell.group()->memory() != nullptr;
    auto handover = Handover::make(cell.plan(), context, group_limits_memory);
    if (!handover && handover.error().kind == CellosError::Kind::Unsupported)
        cold = handover.error().message;
    if (cold) {
        launcher.reset();
        if (auto ended = cell.start_anew(); !ended) return failure_of(ended);
        return std::nullopt;
    }
    if (!handover) return failure_of(handover);
    auto stdio = os::StdioBridge::over(
        std::move(launcher->pipes),
        handover->take_pieces(),
        context.stdio,
        context.report.output,
        output_limit(cell.plan())
    );
    if (!stdio) return failure_of(stdio);
    stdio->stderr_stream().take_first_record(handover->nonce(), sizeof(launcher::Failure));
    auto end = AttachedRun{cell, runsc}.run_warm_to_end(
        std::move(launcher->runsc), std::move(launcher->question), *stdio, context
    );
    const std::string& message = stdio->stderr_stream().first_record();
    if (!message.empty() && end && end->kind == ExitStatus::Kind::Exited)
        return failure(launcher_error(message, cell.plan().argv.front()));
    return end;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
