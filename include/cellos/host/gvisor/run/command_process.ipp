#pragma once

#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/run/command_process.hpp>
#include <cellos/host/sandbox/agent/tell.hpp>
#include <cellos/os/pump.hpp>
#include <cellos/os/unforked_descriptor.hpp>

#include <array>
#include <cstddef>
#include <utility>

#include <fcntl.h>
#include <sys/resource.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// The number of a limit that the plan knows by its name.
[[nodiscard]] constexpr std::uint64_t rlimit_number(std::string_view name) noexcept {
    if (name == "RLIMIT_AS") return RLIMIT_AS;
    if (name == "RLIMIT_NPROC") return RLIMIT_NPROC;
    if (name == "RLIMIT_NOFILE") return RLIMIT_NOFILE;
    if (name == "RLIMIT_FSIZE") return RLIMIT_FSIZE;
    if (name == "RLIMIT_STACK") return RLIMIT_STACK;
    return RLIM_NLIMITS;
}

} // namespace detail

CELLOS_DECL CommandPlan command_of(
    const CellPlan& plan, const GroupLimits& enforced, std::span<const ResolvedSecret> secrets
) {
    CommandPlan command{
        .argv = plan.argv,
        .working_directory = plan.working_directory.path,
        .environment = plan.environment,
        .cpu_time = enforced.cpu_time};
    if (plan.secrets == SecretsAs::Variables) command.secrets = secrets;
    for (const oci::Rlimit& limit : process_limits(plan, enforced.memory_max_bytes.has_value()))
        command.limits.push_back(
            {.value = limit.soft, .resource = detail::rlimit_number(limit.type)}
        );
    return command;
}

CELLOS_DECL CommandProcess::CommandProcess(
    Conversation& talk, sandbox::agent::Line::Call call, os::StdioBridge stdio, CommandPlan plan
)
    : talk_{talk},
      call_{std::move(call)},
      stdio_{std::move(stdio)},
      plan_{std::move(plan)},
      meter_{talk.cell().group(), plan_.leftovers == sandbox::agent::Leftovers::EndAll} {}

CELLOS_DECL Result<News> CommandProcess::start(const Patience& patience) {
    meter_.begin();
    if (plan_.cpu_time) cpu_time_.emplace(meter_, *plan_.cpu_time);
    if (auto asked = ask(); !asked) return failure_of(asked);
    stdio_.close_child_ends();
    using sandbox::agent::Kind;
    sandbox::agent::Tell tell;
    const News news = wait_for(tell, patience);
    if (news != News::Tell) return news;
    if (tell.kind == Kind::Failed)
        return failure(sandbox::agent::error_of(tell, plan_.argv.front(), plan_.working_directory));
    if (tell.kind != Kind::Started) return failure(Conversation::out_of_turn());
    meter_.started();
    return news;
}

CELLOS_DECL Result<News> CommandProcess::wait(const Patience& patience) {
    sandbox::agent::Tell tell;
    const News news = wait_for(tell, patience);
    if (news != News::Tell) return news;
    if (tell.kind != sandbox::agent::Kind::Ended) return failure(Conversation::out_of_turn());
    ended_ = tell;
    return news;
}

CELLOS_DECL void CommandProcess::signal(int number) {
    talk_.line().send(sandbox::agent::signal_request(call_.id(), number));
}

CELLOS_DECL bool CommandProcess::ends_after(int signal, const Patience& patience) {
    if (started_at() == os::Clock::time_point{}) return true;
    cpu_time_.reset(); // what more it uses changes nothing
    this->signal(signal);
    Result<News> news = News::OutputLimit;
    // Nor does more output; but a sandbox that obeys nobody may write for ever.
    while (news == News::OutputLimit && os::Clock::now() < patience.deadline) news = wait(patience);
    return news && (*news == News::Tell || *news == News::SandboxEnded);
}

CELLOS_DECL Result<ExitStatus> CommandProcess::end_by(News news, const Patience& patience) {
    // What it wrote may still be on its way, to a reader that takes its time; less of it where the
    // command was made to end. Who keeps what it started has no end of it to wait for: the agent
    // has passed on what it wrote itself.
    if (ended_ && plan_.leftovers != sandbox::agent::Leftovers::Keep) {
        constexpr std::chrono::milliseconds last_words{100};
        const bool by_itself = news == News::Tell;
        static_cast<void>(os::pump_output(
            stdio_,
            by_itself ? patience.stop_fd : -1,
            by_itself ? patience.deadline : os::Clock::now() + last_words
        ));
    }
    // Whom the kernel killed then, and what the rest made of it, tells nothing.
    if (talk_.is_out_of_memory())
        news = News::OutOfMemory;
    else if (stdio_.limit_exceeded())
        news = News::OutputLimit;
    using enum ExitStatus::Kind;
    switch (news) {
    case News::Tell: return sandbox::agent::exit_status_of(*ended_);
    case News::DeadlinePassed: return ExitStatus::forced(TimedOut);
    case News::Stopped: return ExitStatus::forced(Cancelled);
    case News::CpuTimeUsed: return ExitStatus::forced(CpuTimeExceeded);
    case News::OutputLimit: return ExitStatus::forced(OutputLimitExceeded);
    case News::OutOfMemory: return ExitStatus::forced(OutOfMemory);
    case News::SandboxEnded: break;
    }
    return failure(talk_.cause_of_death());
}

CELLOS_DECL std::optional<ResourceUsage> CommandProcess::usage() const {
    if (started_at() == os::Clock::time_point{}) return std::nullopt;
    return meter_.read(ended_ ? &*ended_ : nullptr);
}

inline News CommandProcess::wait_for(sandbox::agent::Tell& tell, Patience patience) {
    patience.cpu_time = cpu_time_ ? &*cpu_time_ : nullptr;
    return talk_.wait(call_, stdio_, patience, tell);
}

inline Result<void> CommandProcess::ask() {
    const os::ForkPause no_fork; // which would hold the copies of the streams open
    auto asked = request();
    if (!asked) return failure_of(asked);
    talk_.line().send(*std::move(asked));
    return {};
}

inline Result<sandbox::agent::Request> CommandProcess::request() {
    std::array<os::Descriptor, 3> streams;
    const std::array<int, 3> ends = stdio_.child_ends();
    for (std::size_t i = 0; i < ends.size(); ++i) {
        streams[i] = os::Descriptor{::fcntl(ends[i], F_DUPFD_CLOEXEC, 3)};
        if (!streams[i]) return os::failure("cannot hand a stream over");
    }
    const CellPlan& cell = talk_.cell().plan();
    return sandbox::agent::exec_request(
        call_.id(),
        {.user = cell.user,
         .hostname = cell.hostname,
         .working_directory = plan_.working_directory,
         .argv = plan_.argv,
         .environment = plan_.environment,
         .secrets = plan_.secrets,
         .limits = plan_.limits,
         .merges_outputs = stdio_.merges_outputs(),
         .leftovers = plan_.leftovers},
        std::move(streams)
    );
}

} // namespace cellos::inline CELLOS_ABI::gvisor
