#pragma once

#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>

#include <filesystem>
#include <string_view>
#include <vector>

/// @file
/// Secrets that are variables of the environment: runsc reads them from `config.json`, and keeps
/// them in its own state file for as long as the cell lives. Both are files of the cell's directory
/// (<cellos/host/sandbox/secrets.hpp> says where that lies).

namespace cellos::inline CELLOS_ABI::gvisor {

/// Writes a new `bundle/config.json` below `cell`, an open directory that the caller keeps: `text`,
/// with the secrets, at least one, in the place of the variable `placeholder`, which stands nowhere
/// else in it. So no value passes through a JSON library, which would leave copies of it behind.
/// Fails with what check_secret_variables() says, or with Host; then part of the file may be there.
[[nodiscard]] CELLOS_DECL Result<void> write_config(
    int cell,
    std::string_view text,
    std::string_view placeholder,
    const std::vector<ResolvedSecret>& secrets
);

/// Removes what holds secrets in the cell's directory, in whatever way they were delivered. The
/// cell may live on for a while, until its artifacts are out; nobody in it needs them any more.
CELLOS_DECL void remove_secrets(const std::filesystem::path& cell);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/secret_config.ipp>
#endif
