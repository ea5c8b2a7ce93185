#pragma once

#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/sandbox/config.hpp>

#include <filesystem>
#include <vector>

/// @file
/// How secrets reach a cell: as `NAME=value` in the environment, or as files in `/run/secrets`,
/// which are kept in the cell's directory (mode 0700) for the time. That directory must be in
/// memory; otherwise a document with secrets is refused. A tmpfs can be swapped out, so use no
/// swap, or encrypted swap, if that matters.

namespace cellos::inline CELLOS_ABI::sandbox {

/// Checks that all secrets can be environment variables. The error (SecretBroker) names the first
/// that cannot.
[[nodiscard]] CELLOS_DECL Result<void> check_secret_variables(
    const std::vector<ResolvedSecret>& secrets
);

/// Writes one file for each secret into the directory `secrets` below `cell`, an open directory
/// that stays the caller's. Only the cell's user can read the files and the directory; needs root
/// if that is another user. After an error (Host) some of the files may exist.
[[nodiscard]] CELLOS_DECL Result<void> write_secret_files(
    int cell, const std::vector<ResolvedSecret>& secrets, CellUser user
);

/// Removes the files and their directory from the cell's directory. Anything that cannot be removed
/// stays until the cell is removed.
CELLOS_DECL void remove_secret_files(const std::filesystem::path& cell);

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/secrets.ipp>
#endif
