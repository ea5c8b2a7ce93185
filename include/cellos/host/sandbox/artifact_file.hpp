#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/result.hpp>

#include <cstdint>
#include <memory>
#include <string>

/// @file
/// Reads files that an untrusted workload has written.

namespace cellos::inline CELLOS_ABI::sandbox {

/// Opens the file at the relative path `path` below `directory`, an open descriptor that stays the
/// caller's. It never blocks. It refuses (ExportSink) a path with a symbolic link at any component,
/// a path that leads out of the directory or into another file system, anything but a regular file,
/// a file with a second hard link (it may belong to another user), and a file of more than
/// `limit_bytes`, counting the holes of sparse files.
///
/// The reader has the size that the file had when it was opened; a file that turns out longer or
/// shorter is an error (ExportSink). No error names the path: who asks knows it by another one. The
/// reader may outlive `directory`; it is not thread-safe.
[[nodiscard]] CELLOS_DECL Result<std::unique_ptr<ArtifactReader>> open_artifact_file(
    int directory, const std::string& path, std::uint64_t limit_bytes
);

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/artifact_file.ipp>
#endif
