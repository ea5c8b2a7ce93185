#pragma once

#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>

#include <filesystem>
#include <string_view>
#include <vector>

/// @file
/// Secrets as environment variables: runsc reads them from `config.json`, and keeps them in its own
/// state file while the cell exists. Both files are in the cell's directory
/// (<cellos/host/sandbox/secrets.hpp> says where that is).

namespace cellos::inline CELLOS_ABI::gvisor {

/// Writes a new `bundle/config.json` below `cell`, an open directory that stays the caller's:
/// `text`, with the secrets (at least one) in place of the variable `placeholder`, which must occur
/// nowhere else in it. So no value passes through a JSON library, which would leave copies of it
/// behind. Fails with the errors of check_secret_variables(), or with Host; part of the file may
/// exist then.
[[nodiscard]] CELLOS_DECL Result<void> write_config(
    int cell,
    std::string_view text,
    std::string_view placeholder,
    const std::vector<ResolvedSecret>& secrets
);

/// Removes all files with secrets from the cell's directory, however they were delivered. Call it
/// after the run: the cell may remain until its artifacts are exported, but no longer needs them.
CELLOS_DECL void remove_secrets(const std::filesystem::path& cell);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/secret_config.ipp>
#endif
