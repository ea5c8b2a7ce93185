#pragma once

#include <cellos/host/gvisor/runsc/control_socket.hpp>
#include <cellos/host/gvisor/runsc/process.hpp>
#include <cellos/os/stdio.hpp>

namespace cellos::inline CELLOS_ABI::gvisor {

/// A sandbox that was booted before its cell: its first process, the launcher, waits for a message
/// that says what to run (<cellos/host/gvisor/launcher/wire.hpp>). Owns the process of `runsc run`,
/// which ends with it, and this side of the pipes. For one thread at a time.
struct WaitingLauncher {
    RunscProcess runsc{};
    os::StdioPipes pipes{};
    WaitRequest question{};    ///< sent once it waits
    bool takes_inputs = false; ///< it has a directory for input files

    [[nodiscard]] CELLOS_DECL bool is_alive() const noexcept;
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/cell/waiting_launcher.ipp>
#endif
