#pragma once

#include <cellos/supervisor/host_command.hpp>

#ifdef __linux__

#include <cellos/core/environment.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/os/pump.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/stdio.hpp>
#include <cellos/os/tool.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>

namespace cellos::inline CELLOS_ABI {

namespace detail {

// How long a workload that was told to end may take, unless the document says.
inline constexpr std::chrono::milliseconds default_grace{250};

// The file that `argv[0]` stands for, seen from the workload's directory and not from this
// process's own.
[[nodiscard]] inline Result<std::string> find_host_program(
    const std::string& name, std::string_view path, const std::string& directory
) {
    const auto absolute = [&](std::string_view file) {
        return (file.starts_with('/') ? "" : directory + '/') + std::string{file};
    };
    if (name.find('/') != std::string::npos) return os::find_program(absolute(name), {});
    std::string absolute_path;
    while (!path.empty()) {
        const std::string_view entry = path.substr(0, path.find(':'));
        path.remove_prefix(std::min(path.size(), entry.size() + 1));
        absolute_path += absolute(entry) + ':';
    }
    return os::find_program(name, absolute_path);
}

// What can be had by rlimits, never above what this process itself is allowed.
[[nodiscard]] inline std::vector<os::ResourceLimit> host_limits(const Limits& limits) {
    std::vector<os::ResourceLimit> found{{RLIMIT_CORE, 0}}; // a core holds the secrets
    const auto add = [&](auto resource, const std::optional<std::int64_t>& value) {
        rlimit own{};
        if (!value || ::getrlimit(resource, &own) == -1) return;
        found.push_back(
            {static_cast<int>(resource), std::min(static_cast<rlim_t>(*value), own.rlim_max)}
        );
    };
    add(RLIMIT_AS, limits.memory_max_bytes);
    add(RLIMIT_NOFILE, limits.max_open_files);
    add(RLIMIT_FSIZE, limits.max_file_bytes);
    return found;
}

// The program, and what it may do. Its descriptors and environment are not in here yet.
[[nodiscard]] inline Result<os::SpawnRequest> host_request(
    const RunContext& context, const Limits& limits
) {
    const RunSpec& run = *context.document.spec.run;
    os::SpawnRequest request{
        .argv = run.argv,
        .working_directory = run.working_directory.value_or("/"),
        .limits = host_limits(limits),
        .no_new_privileges = true,
        .ends_with_caller = true, // which waits for it, in the same thread
    };
    const auto path = context.environment.find("PATH");
    auto program = find_host_program(
        run.argv.front(),
        path == context.environment.end() ? default_path : path->second,
        request.working_directory
    );
    if (!program) return failure_of(program);
    request.program = *std::move(program);
    return request;
}

// The cell's control group, to start the workload in; none where it has none.
[[nodiscard]] inline Result<os::Descriptor> open_host_group(const CellHandle& cell) {
    if (!cell.cgroup_path) return os::Descriptor{};
    return os::open_at(AT_FDCWD, cell.cgroup_path->c_str(), O_PATH | O_DIRECTORY);
}

// What is to be counted has to come through here, wherever it goes.
[[nodiscard]] inline Result<os::StdioBridge> open_host_stdio(
    const RunContext& context, const std::optional<std::int64_t>& most
) {
    if (!most) return os::StdioBridge::open(context.stdio, context.report.output);
    return os::StdioBridge::open(
        context.stdio, context.report.output, os::Relay::All, static_cast<std::uint64_t>(*most)
    );
}

// The variables, and the secrets as further ones. A value that execve(2) would cut off is an error.
[[nodiscard]] inline Result<void> fill_host_environment(
    const RunContext& context, os::SpawnRequest& request
) {
    for (const auto& [name, value] : context.environment)
        request.environment.push_back(std::string{name}.append("=").append(value));
    for (const ResolvedSecret& secret : context.secrets) {
        const std::string_view value = secret.value.reveal();
        if (value.find('\0') != std::string_view::npos)
            return failure(
                CellosError::Kind::SecretBroker,
                "the secret " + secret.name + " holds a NUL and cannot be an environment variable"
            );
        request.secret_environment.push_back(Secret::joined({secret.name, "=", value}));
    }
    return {};
}

[[nodiscard]] inline Result<os::ChildProcess> start_on_host(const os::SpawnRequest& request) {
    auto held = os::spawn(request);
    if (!held) return failure_of(held);
    auto child = (*std::move(held)).release();
    if (!child) {
        CellosError error = std::move(child).error();
        error.message = request.argv.front() + ": " + error.message;
        return failure(std::move(error));
    }
    return child;
}

// Kills the rest of the workload's process group, even if an exception is thrown, and before the
// child is reaped: its zombie keeps the number of the group.
class GroupEnd {
public:
    explicit GroupEnd(const os::ChildProcess& leader) noexcept : leader_{leader} {}
    GroupEnd(const GroupEnd&) = delete;
    GroupEnd& operator=(const GroupEnd&) = delete;
    ~GroupEnd() {
        if (leader_) leader_.signal_group(SIGKILL);
    }

private:
    const os::ChildProcess& leader_;
};

// Sends SIGTERM to a workload at the deadline or on a stop request; it then has `grace` to end.
[[nodiscard]] inline os::Wake wait_with_grace(
    const os::ChildProcess& child,
    os::StdioBridge& stdio,
    int stop_fd,
    os::Clock::time_point deadline,
    std::chrono::milliseconds grace
) {
    const os::Wake wake = os::pump_until(child.pidfd(), stdio, stop_fd, deadline);
    if (wake == os::Wake::DeadlinePassed || wake == os::Wake::Stopped) {
        child.signal_group(SIGTERM);
        static_cast<void>(os::pump_until(child.pidfd(), stdio, -1, os::Clock::now() + grace));
    }
    return wake;
}

// Ends the workload if it has not ended, and returns how it did. `wake` is why the wait ended.
[[nodiscard]] inline Result<ExitStatus> end_on_host(
    os::ChildProcess& child, os::StdioBridge& stdio, os::Wake wake, os::Clock::time_point deadline
) {
    // Background processes of the workload are killed, too. It is not reaped yet, so the number of
    // the group is still its own.
    child.signal_group(SIGKILL);
    const auto status = child.reap();
    stdio.drain(wake == os::Wake::Ended ? deadline : os::Clock::now());
    if (stdio.limit_exceeded()) return ExitStatus::signaled(SIGKILL);
    if (wake == os::Wake::DeadlinePassed) return ExitStatus::forced(ExitStatus::Kind::TimedOut);
    if (wake == os::Wake::Stopped) return ExitStatus::forced(ExitStatus::Kind::Cancelled);
    if (!status) return failure_of(status);
    return status->signaled ? ExitStatus::signaled(status->value)
                            : ExitStatus::exited(status->value);
}

} // namespace detail

CELLOS_DECL Result<ExitStatus> run_cell_command(const CellHandle& cell, const RunContext& context) {
    if (!context.document.spec.run)
        return failure(CellosError::Kind::InvalidSpec, "the cell's document has no command");
    const Limits limits = context.document.spec.run->limits.value_or(Limits{});
    auto request = detail::host_request(context, limits);
    if (!request) return failure_of(request);
    const auto group = detail::open_host_group(cell);
    if (!group) return failure_of(group);
    request->cgroup = group->get();
    auto stdio = detail::open_host_stdio(context, limits.max_output_bytes);
    if (!stdio) return failure_of(stdio);
    request->stdio = stdio->child_ends();
    const auto stopped = os::make_event();
    if (!stopped) return failure_of(stopped);
    if (auto filled = detail::fill_host_environment(context, *request); !filled)
        return failure_of(filled);

    auto child = detail::start_on_host(*request);
    if (!child) return failure_of(child);
    stdio->close_child_ends();
    const detail::GroupEnd end_of_group{*child};
    const std::stop_callback stop{context.stop, os::Raise{stopped->get()}};
    const std::chrono::milliseconds grace =
        limits.graceful_shutdown_seconds ? std::chrono::seconds{*limits.graceful_shutdown_seconds}
                                         : detail::default_grace;
    const os::Wake wake =
        detail::wait_with_grace(*child, *stdio, stopped->get(), context.deadline, grace);
    return detail::end_on_host(*child, *stdio, wake, context.deadline);
}

} // namespace cellos::inline CELLOS_ABI

#else

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL Result<ExitStatus> run_cell_command(const CellHandle&, const RunContext&) {
    return failure(CellosError::Kind::Unsupported, "workloads do not run on this kind of host");
}

} // namespace cellos::inline CELLOS_ABI

#endif
