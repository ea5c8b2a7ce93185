#pragma once

#include <cellos/core/result.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;

/// One sandbox that boots or waits ahead of its cell. It serves one cell and ends with it, as a
/// cold one does. The destructor ends and removes it. Used by one thread at a time.
class WarmSandbox {
public:
    /// `cell` must have a waiting sandbox. `must_prepare`: the command that prepares it has to
    /// succeed.
    CELLOS_DECL WarmSandbox(std::unique_ptr<Cell> cell, bool must_prepare) noexcept;
    CELLOS_DECL WarmSandbox(WarmSandbox&&) noexcept;
    CELLOS_DECL WarmSandbox& operator=(WarmSandbox&&) noexcept;
    CELLOS_DECL ~WarmSandbox();

    /// What to poll for: its readiness while it boots, and its end.
    [[nodiscard]] CELLOS_DECL std::array<pollfd, 2> waited() const noexcept;

    /// Whether it has booted; call it when waited() is ready. The error says why it never will be;
    /// the object can only be destroyed then.
    [[nodiscard]] CELLOS_DECL Result<bool> is_ready();

    /// The memory that it uses while it waits, in bytes; empty without a control group.
    [[nodiscard]] CELLOS_DECL std::optional<std::uint64_t> memory_bytes() const;

    /// The cell that the sandbox belongs to.
    [[nodiscard]] Cell& cell() noexcept { return *cell_; }
    /// Takes the cell. The object can only be destroyed afterwards.
    [[nodiscard]] CELLOS_DECL std::unique_ptr<Cell> take_cell() && noexcept;

private:
    [[nodiscard]] CellosError cause_of_death() const;

    std::unique_ptr<Cell> cell_;
    bool must_prepare_ = false;
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/warm_sandbox.ipp>
#endif
