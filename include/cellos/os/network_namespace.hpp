#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

/// @file
/// A network namespace without a name: it lives as long as a descriptor of it or a process in it.

namespace cellos::inline CELLOS_ABI::os {

/// An empty network namespace for children (SpawnRequest::network_namespace), whose abstract
/// sockets nobody outside can find, connect to or take the names of. Joining it takes the child
/// some microseconds; one of its own would take half a millisecond, and as much to remove it.
struct NetworkNamespace {
    Descriptor network;
    /// The user namespace that owns it, with only this process's user and group in it; none if this
    /// process could do without.
    Descriptor user;

    /// Makes one: as a process with CAP_SYS_ADMIN, or as any other user but root in a new user
    /// namespace. The calling process stays where it is. The error (Host) tells what the kernel
    /// refused. Thread-safe.
    [[nodiscard]] CELLOS_DECL static Result<NetworkNamespace> make();
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/network_namespace.ipp>
#endif
