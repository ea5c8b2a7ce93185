#pragma once

#include <cellos/core/boot.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/prewarm/options.hpp>
#include <cellos/host/prewarm/sandbox_source.hpp>

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

namespace cellos::inline CELLOS_ABI::prewarm {

/// Keeps sandboxes booted, by a thread of its own that does nothing else. It sleeps until one is
/// taken, dies, gets too old or has booted. Thread-safe. The destructor ends and removes what
/// waits.
class WarmPool {
public:
    /// `source` must outlive the pool and all that it gives out.
    CELLOS_DECL WarmPool(SandboxSource& source, PoolOptions options);
    WarmPool(const WarmPool&) = delete;
    WarmPool& operator=(const WarmPool&) = delete;
    CELLOS_DECL ~WarmPool();

    /// A sandbox of this shape that is alive and waits, for a cell that lives until cell_ended();
    /// null if there is none, and `why` says so.
    [[nodiscard]] CELLOS_DECL std::unique_ptr<PooledSandbox> take(
        const std::string& shape, std::string& why
    );

    /// Takes back what take() gave, and what is still as it was.
    CELLOS_DECL void give_back(const std::string& shape, std::unique_ptr<PooledSandbox> sandbox);

    /// Of a cell that took none. While cells live, boots have to wait for them.
    CELLOS_DECL void cell_began();
    CELLOS_DECL void cell_ended();

    /// For stats().
    CELLOS_DECL void count_run(Boot::Kind kind);

    [[nodiscard]] CELLOS_DECL PoolStats stats() const;

    /// Blocks until all that is to wait waits. The error is that of a boot that failed meanwhile;
    /// Cancelled: the stop token or the deadline came first.
    [[nodiscard]] CELLOS_DECL Result<void> wait_until_full(
        const std::stop_token& stop, std::chrono::steady_clock::time_point deadline
    );

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace cellos::inline CELLOS_ABI::prewarm

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/prewarm/pool.ipp>
#endif
