#pragma once

#include <cellos/core/exit_status.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>

/// @file
/// The fallback for backends that say `runs_on_host`: the workload as a plain process of this
/// machine. It isolates nothing; it is what a careful launcher owes its caller all the same:
///
///   - exactly the declared environment and the secrets, no descriptor above 2, a session and
///     process group of its own, default signal dispositions, no new privileges, no core dump;
///   - `argv[0]` is looked up in the declared `PATH`, never in this process's own;
///   - memory, open files and file size are limited by rlimits, for each process. The number of
///     processes and the processor's share are not: RLIMIT_NPROC counts every process of the user,
///     and a share needs a control group. Where the handle names one, the workload starts in it;
///   - at the deadline, or when stopped, SIGTERM goes to the whole process group, and SIGKILL on
///     every path, at once where it writes more than the document allows. Only a process that makes
///     a session of its own escapes it; to hold that one is what sandboxes are for;
///   - it ends with this process, should that be killed, but for what it started itself.

#ifdef __linux__

#include <cellos/core/environment.hpp>
#include <cellos/os/pump.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/stdio.hpp>
#include <cellos/os/tool.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// Whether `run_cell_command` can do its work here.
inline constexpr bool runs_host_commands = true;

namespace detail {

/// The variables, and the secrets as further ones. A value that execve(2) would cut off is an
/// error.
template <class = IfUsed>
[[nodiscard]] Result<void> fill_host_environment(
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

/// The file that `argv[0]` stands for, seen from the workload's directory and not from this
/// process's own.
template <class = IfUsed>
[[nodiscard]] Result<std::string> find_host_program(
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

/// What can be had by rlimits, never above what this process itself is allowed.
template <class = IfUsed>
[[nodiscard]] std::vector<os::ResourceLimit> host_limits(const Limits& limits) {
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

/// Ends what is left of the workload's process group, whatever an exception skips, and before the
/// child is reaped: its zombie keeps the number of the group.
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

/// What is to be counted has to come through here, wherever it goes.
template <class = IfUsed>
[[nodiscard]] Result<os::StdioBridge> open_host_stdio(
    const RunContext& context, const std::optional<std::int64_t>& most
) {
    if (!most) return os::StdioBridge::open(context.stdio, context.captured);
    return os::StdioBridge::open(
        context.stdio, context.captured, os::Relay::All, static_cast<std::uint64_t>(*most)
    );
}

/// How long a workload that was told to end may take, unless the document says.
inline constexpr std::chrono::milliseconds default_grace{250};

template <class = IfUsed>
[[nodiscard]] Result<ExitStatus> run_on_host(const CellHandle& cell, const RunContext& context) {
    const RunSpec& run = *context.document.spec.run;
    const Limits limits = run.limits.value_or(Limits{});

    os::SpawnRequest request{
        .argv = run.argv,
        .working_directory = run.working_directory.value_or("/"),
        .limits = host_limits(limits),
        .no_new_privileges = true,
        .ends_with_caller = true, // which waits for it here, in the same thread
    };
    const auto path = context.environment.find("PATH");
    auto program = find_host_program(
        run.argv.front(),
        path == context.environment.end() ? default_path : path->second,
        request.working_directory
    );
    if (!program) return failure_of(program);
    request.program = *std::move(program);

    os::Descriptor group;
    if (cell.cgroup_path) {
        auto opened = os::open_at(AT_FDCWD, cell.cgroup_path->c_str(), O_PATH | O_DIRECTORY);
        if (!opened) return failure_of(opened);
        group = *std::move(opened);
        request.cgroup = group.get();
    }

    auto stdio = open_host_stdio(context, limits.max_output_bytes);
    if (!stdio) return failure_of(stdio);
    request.stdio = stdio->child_ends();

    auto stopped = os::make_event();
    if (!stopped) return failure_of(stopped);

    if (auto filled = fill_host_environment(context, request); !filled) return failure_of(filled);
    auto held = os::spawn(request);
    if (!held) return failure_of(held);
    auto child = (*std::move(held)).release();
    if (!child) {
        CellosError error = std::move(child).error();
        error.message = run.argv.front() + ": " + error.message;
        return failure(std::move(error));
    }
    stdio->close_child_ends();
    const GroupEnd end_of_group{*child};

    const std::stop_callback stop{context.stop, os::Raise{stopped->get()}};
    const os::Wake wake = os::pump_until(child->pidfd(), *stdio, stopped->get(), context.deadline);
    if (wake == os::Wake::DeadlinePassed || wake == os::Wake::Stopped) {
        const std::chrono::milliseconds grace =
            limits.graceful_shutdown_seconds
                ? std::chrono::seconds{*limits.graceful_shutdown_seconds}
                : default_grace;
        child->signal_group(SIGTERM);
        static_cast<void>(os::pump_until(child->pidfd(), *stdio, -1, os::Clock::now() + grace));
    }
    // Whatever the workload left in the background goes with it. Its own end is not reaped yet, so
    // the number of the group still is its number.
    child->signal_group(SIGKILL);
    const auto status = child->reap();
    stdio->drain(wake == os::Wake::Ended ? context.deadline : os::Clock::now());
    if (stdio->limit_exceeded()) return ExitStatus::signaled(SIGKILL);
    if (wake == os::Wake::DeadlinePassed) return ExitStatus::forced(ExitStatus::Kind::TimedOut);
    if (wake == os::Wake::Stopped) return ExitStatus::forced(ExitStatus::Kind::Cancelled);
    if (!status) return failure_of(status);
    return status->signaled ? ExitStatus::signaled(status->value)
                            : ExitStatus::exited(status->value);
}

} // namespace detail

/// Runs the workload of `context` on this machine and waits for its end. An error means that it
/// never started; `cell` says which control group it belongs to, if any.
[[nodiscard]] inline Result<ExitStatus> run_cell_command(
    const CellHandle& cell, const RunContext& context
);

template <class Lazy>
struct HostCommandDefinitions {
    friend Result<ExitStatus> run_cell_command(const CellHandle& cell, const RunContext& context) {
        return detail::run_on_host<Lazy>(cell, context);
    }
};
static_assert(defined_if_used<HostCommandDefinitions>);

} // namespace cellos::inline CELLOS_ABI

#else

namespace cellos::inline CELLOS_ABI {

inline constexpr bool runs_host_commands = false;

[[nodiscard]] inline Result<ExitStatus> run_cell_command(const CellHandle&, const RunContext&) {
    return failure(CellosError::Kind::Unsupported, "workloads do not run on this kind of host");
}

} // namespace cellos::inline CELLOS_ABI

#endif
