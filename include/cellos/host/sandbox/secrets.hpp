#pragma once

#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/sandbox/config.hpp>

#include <filesystem>
#include <vector>

/// @file
/// How secrets reach a cell: as `NAME=value` in the environment, or as files in `/run/secrets`,
/// which lie in the cell's directory (mode 0700) meanwhile. That one must lie in memory: a document
/// with secrets is refused where it doesn't. Memory of a tmpfs can be swapped; who minds has no
/// swap, or an encrypted one.

namespace cellos::inline CELLOS_ABI::sandbox {

/// Whether all secrets can be variables of an environment. The error (SecretBroker) names the first
/// that cannot.
[[nodiscard]] CELLOS_DECL Result<void> check_secret_variables(
    const std::vector<ResolvedSecret>& secrets
);

/// Writes one file for each into the directory `secrets` below `cell`, an open directory that the
/// caller keeps, and makes them and the directory readable for the cell's user alone. Takes root
/// where that is another user. After an error (Host) some may be there.
[[nodiscard]] CELLOS_DECL Result<void> write_secret_files(
    int cell, const std::vector<ResolvedSecret>& secrets, CellUser user
);

/// Removes them, and the directory, from the cell's directory; what cannot be removed stays there
/// until the cell goes.
CELLOS_DECL void remove_secret_files(const std::filesystem::path& cell);

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/secrets.ipp>
#endif
