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

/// Keeps sandboxes booted, in a dedicated thread, which sleeps until a sandbox is taken, dies, gets
/// too old or has booted. Thread-safe. The destructor ends and removes the waiting sandboxes.
class WarmPool {
public:
    /// `source` must outlive the pool and all sandboxes taken from it.
    CELLOS_DECL WarmPool(SandboxSource& source, PoolOptions options);
    WarmPool(const WarmPool&) = delete;
    WarmPool& operator=(const WarmPool&) = delete;
    CELLOS_DECL ~WarmPool();

    /// Takes a living, waiting sandbox of this shape, for a cell that exists until cell_ended().
    /// Null if there is none; `why` then holds the reason.
    [[nodiscard]] CELLOS_DECL std::unique_ptr<PooledSandbox> take(
        const std::string& shape, std::string& why
    );

    /// Takes back an unused sandbox from take().
    CELLOS_DECL void give_back(const std::string& shape, std::unique_ptr<PooledSandbox> sandbox);

    /// Reports a cell that took no sandbox. Running cells delay boots.
    CELLOS_DECL void cell_began();
    CELLOS_DECL void cell_ended();

    /// Counts a run for stats().
    CELLOS_DECL void count_run(Boot::Kind kind);

    [[nodiscard]] CELLOS_DECL PoolStats stats() const;

    /// Blocks until the pool is full. The error is that of a boot that failed meanwhile; Cancelled:
    /// the stop token or the deadline came first.
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
