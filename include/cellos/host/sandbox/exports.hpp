#pragma once

#include <cellos/core/document.hpp>
#include <cellos/host/sandbox/config.hpp>

#include <string>
#include <vector>

/// @file
/// Where the artifacts of a document lie in its cell. Pure and portable: nothing here looks at the
/// host.

namespace cellos::inline CELLOS_ABI::sandbox {

/// The directories that the document's artifacts lie in, one for each, as normal paths.
[[nodiscard]] CELLOS_DECL std::vector<std::string> artifact_directories(
    const ExecutionCellSpec& spec
);

/// The places of the volumes that hold these directories: all of them, less those within another
/// one, in the order of their names.
[[nodiscard]] CELLOS_DECL std::vector<std::string> volume_places(
    std::vector<std::string> directories
);

/// Says of each artifact in a directory that the workload cannot write to why that is so; empty if
/// there is none. Whether volumes collide with other mounts is not looked at.
[[nodiscard]] CELLOS_DECL std::vector<std::string> unwritable_artifacts(
    const std::vector<std::string>& directories, const Rootfs& rootfs
);

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/exports.ipp>
#endif
