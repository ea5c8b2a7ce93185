#pragma once

#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/run/warm_sandbox.hpp>
#include <cellos/host/sandbox/agent/wire.hpp>

#include <string>
#include <utility>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL WarmSandbox::WarmSandbox(std::unique_ptr<Cell> cell, bool must_prepare) noexcept
    : cell_{std::move(cell)}, must_prepare_{must_prepare} {}

CELLOS_DECL WarmSandbox::WarmSandbox(WarmSandbox&&) noexcept = default;
CELLOS_DECL WarmSandbox& WarmSandbox::operator=(WarmSandbox&&) noexcept = default;
CELLOS_DECL WarmSandbox::~WarmSandbox() = default;

CELLOS_DECL std::array<pollfd, 2> WarmSandbox::waited() const noexcept {
    const Sandbox& sandbox = *cell_->kept_sandbox();
    return {{sandbox.channel.waited(), {sandbox.runsc.child.pidfd(), POLLIN, 0}}};
}

CELLOS_DECL Result<bool> WarmSandbox::is_ready() {
    Sandbox& sandbox = *cell_->kept_sandbox();
    if (!sandbox.is_alive()) return failure(cause_of_death());
    auto tell = sandbox.channel.pump();
    if (!tell || (*tell && (sandbox.is_ready || (*tell)->kind != sandbox::agent::Kind::Ready)))
        return failure(cause_of_death());
    if (!*tell) return sandbox.is_ready;
    if (must_prepare_ && (*tell)->status != 0) {
        return failure(
            CellosError::Kind::SandboxFailed,
            "the command that prepares sandboxes ended with status " +
                std::to_string((*tell)->status) + " (as wait(2) gives it): try it in a cell first"
        );
    }
    sandbox.is_ready = true;
    return true;
}

CELLOS_DECL std::optional<std::uint64_t> WarmSandbox::memory_bytes() const {
    return cell_->group() != nullptr ? cell_->group()->resident_bytes() : std::nullopt;
}

CELLOS_DECL std::unique_ptr<Cell> WarmSandbox::take_cell() && noexcept {
    return std::move(cell_);
}

inline CellosError WarmSandbox::cause_of_death() const {
    auto sandbox = cell_->take_sandbox();
    static_cast<void>(cell_->end_processes());
    return {
        CellosError::Kind::SandboxFailed,
        "a sandbox died while it waited: " + sandbox->runsc.reap_the_dead().message};
}

} // namespace cellos::inline CELLOS_ABI::gvisor
