#pragma once

#include <cellos/host/gvisor/cell/sandbox.hpp>
#include <cellos/os/wait.hpp>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL bool Sandbox::is_alive() const noexcept {
    return !os::is_ready(runsc.child.pidfd(), POLLIN);
}

} // namespace cellos::inline CELLOS_ABI::gvisor
