#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/os/wait.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// Versions of runsc, and what they are known to do wrong. Releases are named after their day.

namespace cellos::inline CELLOS_ABI::gvisor {

/// The day of a release as a number, 20221219; those of others are larger or smaller.
using RunscRelease = std::uint32_t;

/// The first release whose control socket is a file in the cell's private directory. Before, it is
/// an abstract socket, which every local user in the same network namespace can connect to, to run
/// programs in the sandbox and to read its memory, or whose name they can take.
inline constexpr RunscRelease first_with_private_control_socket = 20230920;

/// Something that releases before `mended_in` do wrong.
struct KnownFault {
    RunscRelease mended_in = 0;
    std::string_view what{}; ///< a short sentence without a full stop
};

/// The release in what `runsc --version` prints, "runsc version release-20221219.0" or, by Debian's
/// package, "runsc version 0.0~20221219.0"; nothing if no day is in there.
[[nodiscard]] CELLOS_DECL std::optional<RunscRelease> release_in(std::string_view version);

/// Whether the control socket is open to other users. A release that is not known counts as one
/// where it is.
[[nodiscard]] constexpr bool control_socket_is_exposed(std::optional<RunscRelease> release
) noexcept {
    return release.value_or(0) < first_with_private_control_socket;
}

/// What workloads and operators should know of this release, the control socket included.
[[nodiscard]] CELLOS_DECL std::vector<KnownFault> known_faults(RunscRelease release);

/// The first line of what `runsc --version` prints. The error is Host. Thread-safe.
[[nodiscard]] CELLOS_DECL Result<std::string> ask_version(
    const Runsc& runsc, os::Clock::time_point deadline
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/runsc/version.ipp>
#endif
