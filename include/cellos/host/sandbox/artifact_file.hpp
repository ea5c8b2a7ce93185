#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/result.hpp>

#include <cstdint>
#include <memory>
#include <string>

/// @file
/// Reading what a workload that nobody trusts has written.

namespace cellos::inline CELLOS_ABI::sandbox {

/// Opens the file at the relative path `path` below `directory`, an open descriptor that the caller
/// keeps. Refused (ExportSink), without waiting for anything: what is reached through a symbolic
/// link at any component, what leads out or into another file system, what is no regular file, a
/// file that has a second name (it may be somebody else's), and one of more than `limit_bytes`, the
/// holes of sparse files included.
///
/// The reader has the size of the file when it was opened: one that turns out longer or shorter is
/// an error (ExportSink). It may outlive `directory`; not thread-safe.
[[nodiscard]] CELLOS_DECL Result<std::unique_ptr<ArtifactReader>> open_artifact_file(
    int directory, const std::string& path, std::uint64_t limit_bytes
);

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/artifact_file.ipp>
#endif
