#pragma once

#include <cellos/core/error.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/gvisor/cell/sandbox.hpp>
#include <cellos/host/sandbox/agent/input_list.hpp>
#include <cellos/host/sandbox/agent/line.hpp>
#include <cellos/host/sandbox/agent/request.hpp>
#include <cellos/host/sandbox/agent/wire.hpp>
#include <cellos/os/memory_watch.hpp>
#include <cellos/os/stdio.hpp>
#include <cellos/os/wait.hpp>

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;

/// What has ended a wait for a sandbox.
enum class News : std::uint8_t {
    Tell, ///< of the agent's
    DeadlinePassed,
    Stopped,
    CpuTimeUsed,
    OutputLimit,
    OutOfMemory,
    SandboxEnded,
};

class CpuTimeLimit;

/// How long to wait, and for what beside the agent. What it names stays the caller's.
struct Patience {
    int stop_fd = -1; ///< -1: none
    os::Clock::time_point deadline = (os::Clock::time_point::max)();
    /// Ends the wait as CpuTimeUsed when that is so.
    const CpuTimeLimit* cpu_time = nullptr;
};

/// A cell's sandbox, booted for it or before, while its agent is talked to. Thread-safe, but for
/// wait_until_ready() and store(): they come first, in one thread.
class Conversation {
public:
    /// All must outlive this object.
    Conversation(Cell& cell, Sandbox& sandbox) noexcept
        : cell_{cell}, sandbox_{sandbox}, line_{sandbox.channel} {}
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    [[nodiscard]] Cell& cell() noexcept { return cell_; }
    [[nodiscard]] sandbox::agent::Line& line() noexcept { return line_; }

    /// To talk to the agent under an id that is new. Host: no descriptor is left.
    [[nodiscard]] CELLOS_DECL Result<sandbox::agent::Line::Call> call();

    /// Waits until the agent is ready. SandboxFailed: what comes instead is no agent's.
    [[nodiscard]] CELLOS_DECL Result<News> wait_until_ready(const Patience& patience);

    /// Puts all that commands are to find into the sandbox: the inputs and, where the plan has
    /// them as files, the secrets. Host, SandboxFailed.
    [[nodiscard]] CELLOS_DECL Result<News> store(
        sandbox::agent::InputList inputs,
        std::span<const ResolvedSecret> secrets,
        const Patience& patience
    );

    /// Waits for the next Tell of this call, and serves the streams meanwhile.
    [[nodiscard]] CELLOS_DECL News wait(
        sandbox::agent::Line::Call& call,
        os::StdioBridge& stdio,
        const Patience& patience,
        sandbox::agent::Tell& tell
    );

    /// Whether the cell's group has run out of memory.
    [[nodiscard]] CELLOS_DECL bool is_out_of_memory();

    /// What to say of a Tell that no agent would have sent now.
    [[nodiscard]] CELLOS_DECL static CellosError out_of_turn();

    /// Why the sandbox has ended, which it has. Blocks for a second at most.
    [[nodiscard]] CELLOS_DECL CellosError cause_of_death();

private:
    [[nodiscard]] Result<News> await_stored(
        sandbox::agent::Line::Call call,
        Result<sandbox::agent::Request> request,
        const Patience& patience
    );

    [[nodiscard]] os::MemoryWatch* memory_watch();

    Cell& cell_;
    Sandbox& sandbox_;
    sandbox::agent::Line line_;
    std::mutex mutex_{}; // of what follows
    std::uint32_t last_id_ = 0;
    std::optional<CellosError> cause_of_death_{};
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/conversation.ipp>
#endif
