#pragma once

#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/run/conversation.hpp>
#include <cellos/host/gvisor/run/usage_meter.hpp>
#include <cellos/host/sandbox/agent/tell.hpp>
#include <cellos/os/memory_watch.hpp>
#include <cellos/os/pump.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL Result<sandbox::agent::Line::Call> Conversation::call() {
    std::uint32_t id = 0;
    {
        const std::lock_guard lock{mutex_};
        id = ++last_id_; // 0 is what belongs to no command
    }
    return line_.call(id);
}

CELLOS_DECL Result<News> Conversation::wait_until_ready(const Patience& patience) {
    if (sandbox_.is_ready) return News::Tell;
    auto unasked = line_.call(0);
    if (!unasked) return failure_of(unasked);
    os::StdioBridge no_streams;
    sandbox::agent::Tell tell;
    const News news = wait(*unasked, no_streams, patience, tell);
    if (news != News::Tell) return news;
    if (tell.kind != sandbox::agent::Kind::Ready) return failure(out_of_turn());
    sandbox_.is_ready = true;
    return news;
}

CELLOS_DECL Result<News> Conversation::store(
    sandbox::agent::InputList inputs,
    std::span<const ResolvedSecret> secrets,
    const Patience& patience
) {
    while (!inputs.is_done()) {
        auto storing = call();
        if (!storing) return failure_of(storing);
        auto request = inputs.next(storing->id());
        auto news = await_stored(*std::move(storing), std::move(request), patience);
        if (!news || *news != News::Tell) return news;
    }
    if (cell_.plan().secrets != SecretsAs::Files) return News::Tell;
    auto storing = call();
    if (!storing) return failure_of(storing);
    auto request = sandbox::agent::put_secrets(storing->id(), secrets, cell_.plan().user);
    return await_stored(*std::move(storing), std::move(request), patience);
}

CELLOS_DECL News Conversation::wait(
    sandbox::agent::Line::Call& call,
    os::StdioBridge& stdio,
    const Patience& patience,
    sandbox::agent::Tell& tell
) {
    const pollfd oom = memory_watch() != nullptr ? memory_watch()->waited() : pollfd{-1, 0, 0};
    const auto told = [&]() -> std::optional<News> {
        auto next = call.take();
        if (!next) return News::SandboxEnded;
        if (!*next) return std::nullopt;
        tell = **next;
        return News::Tell;
    };
    for (;;) {
        const auto next_look = patience.cpu_time != nullptr ? patience.cpu_time->next_look()
                                                            : (os::Clock::time_point::max)();
        if (next_look == (os::Clock::time_point::min)()) return News::CpuTimeUsed;
        const auto [channel, others] = call.waited();
        const os::Wake wake = os::pump_until(
            sandbox_.runsc.child.pidfd(),
            stdio,
            patience.stop_fd,
            (std::min)(patience.deadline, next_look),
            {oom, channel, others}
        );
        switch (wake) {
        case os::Wake::OutputLimit: return News::OutputLimit;
        case os::Wake::Stopped: return News::Stopped;
        case os::Wake::DeadlinePassed: break; // or the next look at processor time is due
        case os::Wake::Alarm:
            if (is_out_of_memory()) return News::OutOfMemory;
            if (const auto news = told()) return *news;
            break;
        // Its last word may be there all the same.
        case os::Wake::Ended: return told().value_or(News::SandboxEnded);
        }
        // A request that is still on its way is an alarm that hides both.
        if (patience.stop_fd >= 0 && os::is_ready(patience.stop_fd, POLLIN)) return News::Stopped;
        if (os::Clock::now() >= patience.deadline) return News::DeadlinePassed;
    }
}

CELLOS_DECL bool Conversation::is_out_of_memory() {
    const std::lock_guard lock{mutex_};
    return memory_watch() != nullptr && memory_watch()->triggered();
}

// Null while nothing tells that the cell is out of memory.
inline os::MemoryWatch* Conversation::memory_watch() {
    return cell_.group() != nullptr ? cell_.group()->memory() : nullptr;
}

CELLOS_DECL CellosError Conversation::out_of_turn() {
    return {CellosError::Kind::SandboxFailed, "the sandbox's agent spoke out of turn"};
}

CELLOS_DECL CellosError Conversation::cause_of_death() {
    const std::lock_guard lock{mutex_};
    if (!cause_of_death_) {
        // runsc writes down what it knows of the end before it ends itself.
        constexpr std::chrono::seconds last_words{1};
        static_cast<void>(
            os::wait_readable(sandbox_.runsc.child.pidfd(), os::Clock::now() + last_words)
        );
        cause_of_death_ = sandbox_.runsc.reap_the_dead();
    }
    return *cause_of_death_;
}

inline Result<News> Conversation::await_stored(
    sandbox::agent::Line::Call call,
    Result<sandbox::agent::Request> request,
    const Patience& patience
) {
    if (!request) return failure_of(request);
    line_.send(*std::move(request));
    os::StdioBridge no_streams;
    sandbox::agent::Tell tell;
    const News news = wait(call, no_streams, patience, tell);
    using enum sandbox::agent::Kind;
    if (news == News::Tell && tell.kind == Failed)
        return failure(sandbox::agent::error_of(tell, {}, {}));
    if (news == News::Tell && tell.kind != Stored) return failure(out_of_turn());
    return news;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
