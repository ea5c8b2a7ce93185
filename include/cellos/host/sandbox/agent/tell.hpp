/// @file
/// What a sandbox says, as the supervising process takes it: as hostile. Pure: bytes in, a checked
/// message out.
#pragma once

#include <cellos/core/error.hpp>
#include <cellos/core/exit_status.hpp>
#include <cellos/host/sandbox/agent/wire.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace cellos::inline CELLOS_ABI::sandbox::agent {

/// Nothing unless every field is one that the agent can have sent: a known kind and step, a status
/// of wait(2) that ends a process, times and sizes that are possible.
[[nodiscard]] CELLOS_DECL std::optional<Tell> parse_tell(
    std::span<const std::byte, sizeof(Tell)> bytes
) noexcept;

/// How the command ended; `tell` is an Ended.
[[nodiscard]] CELLOS_DECL ExitStatus exit_status_of(const Tell& tell) noexcept;

/// What a Failed means for the run of `program` in the directory `working_directory` of the cell:
/// CommandNotFound and CommandNotExecutable with the name of the program; ArgvTooLarge; InvalidSpec
/// for a working directory that cannot be entered; else SandboxFailed.
[[nodiscard]] CELLOS_DECL CellosError
error_of(const Tell& tell, std::string_view program, std::string_view working_directory);

} // namespace cellos::inline CELLOS_ABI::sandbox::agent

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/agent/tell.ipp>
#endif
