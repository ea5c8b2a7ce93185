#pragma once

#include <cellos/core/result.hpp>

#include <filesystem>
#include <string>

/// @file
/// The agent's program (agent.cpp). A build with CMake makes a header that holds it
/// (image_bytes.hpp), so that it travels inside of every program that starts sandboxes.

namespace cellos::inline CELLOS_ABI::sandbox::agent {

/// The bytes of the agent's program, an ELF file: of the file `configured`, if that is not empty;
/// else those that were built in; else, for programs that were built without CMake, of the file
/// `cellos-agent` beside the running program or on the PATH. Host: there is none, or what is there
/// is no program for this machine; the error says what to do. May be called by several threads.
[[nodiscard]] CELLOS_DECL Result<std::string> agent_program(const std::filesystem::path& configured
);

} // namespace cellos::inline CELLOS_ABI::sandbox::agent

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/agent/image.ipp>
#endif
