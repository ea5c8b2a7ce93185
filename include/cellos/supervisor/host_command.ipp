#pragma once

#include <cellos/supervisor/host_command.hpp>

#ifdef __linux__

#include <cellos/core/environment.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/core/usage.hpp>
#include <cellos/core/visible.hpp>
#include <cellos/os/child_process.hpp>
#include <cellos/os/cpu_time_watch.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/pump.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/stdio.hpp>
#include <cellos/os/tool.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

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
        path.remove_prefix((std::min)(path.size(), entry.size() + 1));
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
            {static_cast<int>(resource), (std::min)(static_cast<rlim_t>(*value), own.rlim_max)}
        );
    };
    add(RLIMIT_AS, limits.memory_max_bytes);
    add(RLIMIT_NOFILE, limits.max_open_files);
    add(RLIMIT_FSIZE, limits.max_file_bytes);
    add(RLIMIT_STACK, limits.stack_bytes);
    // For each of its processes, in seconds as the clock tick counts them, which may be early: one
    // more, so that CpuTimeWatch is the first with the process that it watches.
    if (limits.cpu_time_ms) add(RLIMIT_CPU, (*limits.cpu_time_ms + 999) / 1000 + 1);
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
    const RunContext& context, std::span<const ResolvedSecret> secrets, os::SpawnRequest& request
) {
    for (const auto& [name, value] : context.environment)
        request.environment.push_back(std::string{name}.append("=").append(value));
    for (const ResolvedSecret& secret : secrets) {
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

// A workload that was loaded just now.
struct HostWorkload {
    os::ChildProcess process;
    std::uint64_t memory_before = 0; ///< what the process held before its exec; 0: not known
};

// What a process holds in memory; 0 if that cannot be told.
[[nodiscard]] inline std::uint64_t resident_memory(pid_t pid) {
    const auto path = "/proc/" + std::to_string(pid) + "/statm"; // "size resident shared …", pages
    const std::string text = os::read_file(AT_FDCWD, path.c_str(), 256).value_or("");
    const auto space = (std::min)(text.find(' '), text.size());
    std::uint64_t pages = 0;
    std::from_chars(
        text.data() + (std::min)(space + 1, text.size()), text.data() + text.size(), pages
    );
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

[[nodiscard]] inline Result<HostWorkload> start_on_host(const os::SpawnRequest& request) {
    auto held = os::spawn(request);
    if (!held) return failure_of(held);
    const std::uint64_t memory_before = resident_memory(held->pid());
    auto child = (*std::move(held)).release();
    if (!child) {
        CellosError error = std::move(child).error();
        error.message = visible(request.argv.front()) + ": " + error.message;
        return failure(std::move(error));
    }
    return HostWorkload{*std::move(child), memory_before};
}

// The kernel's peak is that of the process's whole life, which began as a copy of this process: a
// peak no higher than that says nothing of the workload.
[[nodiscard]] inline std::optional<std::uint64_t> peak_memory(
    const rusage& usage, std::uint64_t memory_before
) {
    constexpr std::uint64_t slack = 2 << 20; // for the code that it went through before its exec
    const auto peak = static_cast<std::uint64_t>(usage.ru_maxrss) << 10;
    if (memory_before == 0 || peak <= memory_before + slack) return {};
    return peak;
}

[[nodiscard]] inline std::chrono::nanoseconds duration_of(const timeval& time) noexcept {
    return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
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

// How long a workload may take that was told to end.
struct Grace {
    std::chrono::milliseconds time;
    os::Clock::time_point cell_deadline;
    int stop_now_fd; ///< the next stop of one that was stopped
};

// A workload that is not done by the deadline, or is to stop, is told so, and has its grace to end.
// Alarm: its processor time is used up.
[[nodiscard]] inline os::Wake wait_with_grace(
    const os::ChildProcess& child,
    os::StdioBridge& stdio,
    int stop_fd,
    os::CpuTimeWatch& cpu_time,
    os::Clock::time_point deadline,
    const Grace& grace
) {
    os::Wake wake{};
    do {
        wake = os::pump_until(child.pidfd(), stdio, stop_fd, deadline, {cpu_time.waited()});
    } while (wake == os::Wake::Alarm && !cpu_time.reached());
    if (wake == os::Wake::DeadlinePassed || wake == os::Wake::Stopped) {
        child.signal_group(SIGTERM);
        // After a time-out the first stop is the next one.
        const int next_stop = wake == os::Wake::Stopped ? grace.stop_now_fd : stop_fd;
        const auto end = (std::min)(os::Clock::now() + grace.time, grace.cell_deadline);
        static_cast<void>(os::pump_until(child.pidfd(), stdio, next_stop, end));
    }
    return wake;
}

// How the first process of a workload ended, and what it took.
struct HostEnd {
    Result<os::WaitStatus> status;
    ResourceUsage usage;
};

// Ends the workload if it has not. One that has, and `keeps_group`, is not reaped: what it left in
// the background goes on.
[[nodiscard]] inline HostEnd end_workload_on_host(
    HostWorkload& workload, bool keeps_group = false
) {
    HostEnd end{
        .status = os::WaitStatus{},
        .usage = {.wall = os::Clock::now() - workload.process.exec_time()}};
    // Whatever the workload left in the background goes with it. Its own end is not reaped yet, so
    // the number of the group still is its number.
    if (!keeps_group) workload.process.signal_group(SIGKILL);
    rusage counted{};
    end.status = keeps_group ? workload.process.status(&counted) : workload.process.reap(&counted);
    if (end.status && end.status->usage_known) {
        end.usage.user_time = duration_of(counted.ru_utime);
        end.usage.system_time = duration_of(counted.ru_stime);
        end.usage.peak_memory_bytes = peak_memory(counted, workload.memory_before);
    }
    return end;
}

// Passes the last output on, and says how the workload ended. `wake` tells why nobody waits any
// longer.
[[nodiscard]] inline Result<ExitStatus> conclude_on_host(
    const HostEnd& end,
    os::StdioBridge& stdio,
    os::Wake wake,
    os::Clock::time_point deadline,
    const RunContext& context
) {
    const auto& [status, usage] = end;
    context.report.usage = usage;
    stdio.drain(wake == os::Wake::Ended ? deadline : os::Clock::now());
    context.report.output_error = stdio.delivery_error();

    using enum ExitStatus::Kind;
    if (stdio.limit_exceeded()) return ExitStatus::forced(OutputLimitExceeded);
    if (wake == os::Wake::DeadlinePassed) return ExitStatus::forced(TimedOut);
    if (wake == os::Wake::Stopped) return ExitStatus::forced(Cancelled);
    if (wake == os::Wake::Alarm) return ExitStatus::forced(CpuTimeExceeded);
    if (!status) return failure_of(status);
    // Only now its children's part is known, and RLIMIT_CPU may have ended one of them.
    const auto& of_run = context.document.spec.run->limits;
    if (of_run && of_run->cpu_time_ms && usage.user_time && usage.system_time) {
        if (*usage.user_time + *usage.system_time >=
            std::chrono::milliseconds{*of_run->cpu_time_ms})
            return ExitStatus::forced(CpuTimeExceeded);
    }
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
    const auto hurried = os::make_event();
    if (!hurried) return failure_of(hurried);
    if (auto filled = detail::fill_host_environment(context, context.secrets, *request); !filled)
        return failure_of(filled);

    auto workload = detail::start_on_host(*request);
    if (!workload) return failure_of(workload);
    stdio->close_child_ends();
    const os::ChildProcess& process = workload->process;
    const detail::GroupEnd end_of_group{process};
    Result<os::CpuTimeWatch> cpu_time;
    if (limits.cpu_time_ms)
        cpu_time =
            os::CpuTimeWatch::of(process.pid(), std::chrono::milliseconds{*limits.cpu_time_ms});
    if (!cpu_time) return failure_of(cpu_time);
    const std::stop_callback stop{context.stop, os::Raise{stopped->get()}};
    const std::stop_callback stop_now{context.stop_now, os::Raise{hurried->get()}};
    const detail::Grace grace{
        .time = limits.graceful_shutdown_seconds
                    ? std::chrono::seconds{*limits.graceful_shutdown_seconds}
                    : detail::default_grace,
        .cell_deadline = context.cell_deadline,
        .stop_now_fd = hurried->get()};
    const auto deadline = context.deadline_from(process.exec_time());
    const os::Wake wake =
        detail::wait_with_grace(process, *stdio, stopped->get(), *cpu_time, deadline, grace);
    return detail::conclude_on_host(
        detail::end_workload_on_host(*workload), *stdio, wake, deadline, context
    );
}

} // namespace cellos::inline CELLOS_ABI

#else

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL Result<ExitStatus> run_cell_command(const CellHandle&, const RunContext&) {
    return failure(CellosError::Kind::Unsupported, "workloads do not run on this kind of host");
}

} // namespace cellos::inline CELLOS_ABI

#endif
