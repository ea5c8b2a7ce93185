#pragma once

#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <filesystem>
#include <optional>
#include <string>

#include <poll.h>

/// @file
/// The socket by which runsc itself talks to a sandbox. Signals reach a workload through it in less
/// than a millisecond, and `runsc kill` takes 15 to 28; its end is told through it before runsc has
/// begun to end itself. It is a private interface of runsc's, so that a "no" from here means only
/// that runsc has to be asked, or waited for.

namespace cellos::inline CELLOS_ABI::gvisor {

/// Sends a signal to the first process of the container `id`, whose runsc has its files in `root`.
/// True once the sandbox says that it was sent; false at the latest when the deadline has passed.
[[nodiscard]] CELLOS_DECL bool signal_by_control_socket(
    const std::filesystem::path& root,
    const std::string& id,
    int signal,
    os::Clock::time_point deadline
);

/// Asks a sandbox to say when its first process has ended, and how. The sandbox must have started
/// that process. While the request is open the sandbox doesn't end of itself; the destructor closes
/// it. Never blocks; not thread-safe.
class WaitRequest {
public:
    /// A request that nobody answers.
    WaitRequest() noexcept = default;

    /// Asks the container `id`, whose runsc has its files in `root`. Where no sandbox takes the
    /// request, nobody answers it.
    [[nodiscard]] CELLOS_DECL static WaitRequest ask(
        const std::filesystem::path& root, const std::string& id
    );

    /// What to poll for; nothing (a descriptor of -1) once there will be no answer.
    [[nodiscard]] pollfd waited() const noexcept { return {socket_.get(), POLLIN, 0}; }

    /// The wait status as wait(2) gives it, to be called when what is waited for has happened.
    /// Closes the request. Nothing: the sandbox didn't know, and there is nobody to ask but runsc.
    [[nodiscard]] CELLOS_DECL std::optional<unsigned> answer() noexcept;

private:
    os::Descriptor socket_;
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/runsc/control_socket.ipp>
#endif
