#pragma once

#include <cellos/core/result.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;

/// One sandbox that boots, or waits, ahead of its cell: it serves that one and ends with it, as a
/// cold one does. Destroying it ends and removes it. Used by one thread at a time.
class WarmSandbox {
public:
    /// `cell` has a sandbox that waits. `must_prepare`: the command that prepares it has to
    /// succeed.
    CELLOS_DECL WarmSandbox(std::unique_ptr<Cell> cell, bool must_prepare) noexcept;
    CELLOS_DECL WarmSandbox(WarmSandbox&&) noexcept;
    CELLOS_DECL WarmSandbox& operator=(WarmSandbox&&) noexcept;
    CELLOS_DECL ~WarmSandbox();

    /// What to poll for while it boots (first of all its readiness) and while it waits (its end).
    [[nodiscard]] CELLOS_DECL std::array<pollfd, 2> waited() const noexcept;

    /// Whether it has booted; to be asked when what is waited for has happened. The error says why
    /// it never will, and nothing but the destruction is left to do then.
    [[nodiscard]] CELLOS_DECL Result<bool> is_ready();

    /// What it costs while it waits, in bytes of memory; nothing where it has no control group that
    /// could tell.
    [[nodiscard]] CELLOS_DECL std::optional<std::uint64_t> memory_bytes() const;

    /// The cell that it becomes.
    [[nodiscard]] Cell& cell() noexcept { return *cell_; }
    /// Leaves nothing behind but the destruction.
    [[nodiscard]] CELLOS_DECL std::unique_ptr<Cell> take_cell() && noexcept;

private:
    [[nodiscard]] CellosError cause_of_death() const;

    std::unique_ptr<Cell> cell_;
    bool must_prepare_ = false;
    bool ready_ = false;
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/warm_sandbox.ipp>
#endif
