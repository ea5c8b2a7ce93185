#pragma once

#include <cellos/core/config.hpp>

#include <csignal>

namespace cellos::inline CELLOS_ABI::os {

/// Keeps the signals of a write that fails, SIGPIPE and SIGXFSZ, away from the host program if this
/// thread causes them, from the constructor to the destructor, which must run in the same thread.
/// One that was pending before stays.
class WriteSignalGuard {
public:
    CELLOS_DECL WriteSignalGuard() noexcept;
    WriteSignalGuard(const WriteSignalGuard&) = delete;
    WriteSignalGuard& operator=(const WriteSignalGuard&) = delete;
    /// Leaves `errno` as it is.
    CELLOS_DECL ~WriteSignalGuard();

private:
    sigset_t kept_away_{}; ///< those that were not pending before
    sigset_t before_{};
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/write_signals.ipp>
#endif
