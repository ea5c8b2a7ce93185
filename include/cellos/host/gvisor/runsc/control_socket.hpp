#pragma once

#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <filesystem>
#include <optional>
#include <string>

#include <poll.h>

/// @file
/// The socket through which runsc itself talks to a sandbox. A signal reaches the workload through
/// it in less than a millisecond, while `runsc kill` takes 15 to 28 ms; and it reports the
/// workload's end before runsc begins to end. It is a private interface of runsc, so a failure here
/// only means that runsc has to be called, or waited for.

namespace cellos::inline CELLOS_ABI::gvisor {

/// Sends a signal to the first process of the container `id`, whose runsc has its files in `root`.
/// True if the sandbox confirms it; false otherwise, at the latest when the deadline has passed.
/// Thread-safe.
[[nodiscard]] CELLOS_DECL bool signal_by_control_socket(
    const std::filesystem::path& root,
    const std::string& id,
    int signal,
    os::Clock::time_point deadline
);

/// Asks a sandbox to report when and how its first process has ended. The sandbox must have started
/// that process. While the request is open, the sandbox does not end by itself; the destructor
/// closes the request. Never blocks; not thread-safe.
class WaitRequest {
public:
    /// A request without an answer.
    WaitRequest() noexcept = default;

    /// Asks the container `id`, whose runsc has its files in `root`. If no sandbox accepts the
    /// request, there will be no answer.
    [[nodiscard]] CELLOS_DECL static WaitRequest ask(
        const std::filesystem::path& root, const std::string& id
    );

    /// What to poll for; the descriptor is -1 if there will be no answer.
    [[nodiscard]] pollfd waited() const noexcept { return {socket_.get(), POLLIN, 0}; }

    /// The wait status as in wait(2); call it when waited() is ready. Closes the request. Empty:
    /// the sandbox didn't know, so only runsc can tell.
    [[nodiscard]] CELLOS_DECL std::optional<unsigned> answer() noexcept;

private:
    os::Descriptor socket_;
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/runsc/control_socket.ipp>
#endif
