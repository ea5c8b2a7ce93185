#pragma once

#include <cellos/host/gvisor/bundle/warm_bundle.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/launcher/wire.hpp>
#include <cellos/host/gvisor/run/warm_sandbox.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <string>
#include <utility>

#include <unistd.h>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL WarmSandbox::WarmSandbox(std::unique_ptr<Cell> cell, bool must_prepare) noexcept
    : cell_{std::move(cell)}, must_prepare_{must_prepare} {}

CELLOS_DECL WarmSandbox::WarmSandbox(WarmSandbox&&) noexcept = default;
CELLOS_DECL WarmSandbox& WarmSandbox::operator=(WarmSandbox&&) noexcept = default;
CELLOS_DECL WarmSandbox::~WarmSandbox() = default;

CELLOS_DECL std::array<pollfd, 2> WarmSandbox::waited() const noexcept {
    const WaitingLauncher& launcher = *cell_->waiting();
    return {
        {{ready_ ? -1 : launcher.pipes.stdout_end.get(), POLLIN, 0},
         {launcher.runsc.child.pidfd(), POLLIN, 0}}};
}

CELLOS_DECL Result<bool> WarmSandbox::is_ready() {
    WaitingLauncher& launcher = *cell_->waiting();
    if (!launcher.is_alive()) return failure(cause_of_death());
    if (ready_ || !os::is_ready(launcher.pipes.stdout_end.get(), POLLIN)) return ready_;
    launcher::Ready told;
    const ssize_t got = os::retry_on_interrupt([&] {
        return ::read(launcher.pipes.stdout_end.get(), &told, sizeof told);
    });
    if (got != sizeof told || told.magic != launcher::Ready::expected)
        return failure(cause_of_death());
    if (must_prepare_ && told.prepare_status != 0) {
        return failure(
            CellosError::Kind::SandboxFailed,
            "the command that prepares sandboxes ended with status " +
                std::to_string(told.prepare_status) +
                " (as wait(2) gives it): try it in a cell first"
        );
    }
    // Now, and not when it is handed over: a sandbox with systrap takes a connection in its
    // stride only while it has nothing else to do.
    launcher.question = WaitRequest::ask(cell_->path() / "runsc", cell_->id());
    ready_ = true;
    return true;
}

CELLOS_DECL std::optional<std::uint64_t> WarmSandbox::memory_bytes() const {
    return cell_->group() != nullptr ? cell_->group()->resident_bytes() : std::nullopt;
}

CELLOS_DECL std::unique_ptr<Cell> WarmSandbox::take_cell() && noexcept {
    return std::move(cell_);
}

inline CellosError WarmSandbox::cause_of_death() const {
    auto launcher = cell_->take_waiting();
    static_cast<void>(cell_->end_processes());
    const std::string text = os::read_all(launcher->pipes.stderr_end.get()).value_or("");
    auto status = launcher->runsc.child.reap();
    if (!status) return status.error();
    const auto end = launcher->runsc.classify(*status, launcher_place);
    CellosError error{CellosError::Kind::SandboxFailed, "a sandbox died while it waited"};
    if (!end) error.message += ": " + end.error().message;
    return error;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
