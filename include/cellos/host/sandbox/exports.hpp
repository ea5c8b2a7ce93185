#pragma once

#include <cellos/core/document.hpp>
#include <cellos/host/sandbox/config.hpp>

#include <string>
#include <vector>

/// @file
/// Where a document's artifacts are in its cell. Pure and portable: nothing here looks at the host.

namespace cellos::inline CELLOS_ABI::sandbox {

/// The directories of the document's artifacts, one for each artifact, as normal paths.
[[nodiscard]] CELLOS_DECL std::vector<std::string> artifact_directories(
    const ExecutionCellSpec& spec
);

/// The mount points of the volumes that hold these directories: all of them except those inside
/// another one, sorted by name.
[[nodiscard]] CELLOS_DECL std::vector<std::string> volume_places(
    std::vector<std::string> directories
);

/// One sentence for each artifact in a directory that the workload cannot write to, saying why;
/// empty if there is none. Collisions of volumes with other mounts are not checked.
[[nodiscard]] CELLOS_DECL std::vector<std::string> unwritable_artifacts(
    const std::vector<std::string>& directories, const Rootfs& rootfs
);

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/exports.ipp>
#endif
