#pragma once

#include <cellos/host/gvisor/cell/waiting_launcher.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL bool WaitingLauncher::is_alive() const noexcept {
    return !os::is_ready(runsc.child.pidfd(), POLLIN);
}

} // namespace cellos::inline CELLOS_ABI::gvisor
