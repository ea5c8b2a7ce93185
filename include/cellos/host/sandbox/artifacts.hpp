#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/sandbox/config.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// How artifacts leave a cell. What the sandbox keeps in memory nobody else can read, so the
/// directories that the document's artifacts lie in are volumes: writable binds of a file system
/// that belongs to the cell alone. It lives in memory, holds `limits.scratchBytes` at most (all
/// volumes of a cell together), is mounted nowhere on the host, and is gone when the cell is, or
/// when this process dies.

namespace cellos::inline CELLOS_ABI::sandbox {

/// The directory that an artifact lies in, as a normal path.
[[nodiscard]] CELLOS_DECL std::string artifact_directory(const ExportArtifact& artifact);

/// The places of the volumes: the directories of all artifacts, less those within another one.
[[nodiscard]] CELLOS_DECL std::vector<std::string> volume_places(const ExecutionCellSpec& spec);

/// The volumes of a cell whose artifact file system is seen at `root`.
[[nodiscard]] CELLOS_DECL std::vector<HostMount> volume_mounts(
    const ExecutionCellSpec& spec, const std::filesystem::path& root
);

/// Whether the workload can write where its artifacts are to lie; Unsupported with one line for
/// each where it can't. Whether volumes collide with other mounts is not looked at.
[[nodiscard]] CELLOS_DECL Result<void> check_artifacts(
    const ExecutionCellSpec& spec, const Rootfs& rootfs
);

/// The file system that the volumes of one cell lie in; it goes with this object, once nobody else
/// has it mounted. Const members may be called from several threads.
class ArtifactVolumes {
public:
    /// Of a document with at least one artifact, all of them good by check_artifacts(). Takes the
    /// right to mount (root); the directories in it belong to `user`.
    [[nodiscard]] CELLOS_DECL static Result<ArtifactVolumes> make(
        const ExecutionCellSpec& spec, CellUser user
    );

    /// For SpawnRequest::mounts; this object keeps it.
    [[nodiscard]] int root() const noexcept { return root_.get(); }

    /// A path to the root that holds in this process.
    [[nodiscard]] CELLOS_DECL std::filesystem::path path() const;

    /// To be called once the workload has ended. The error names the artifact's path; what
    /// open_artifact_file() refuses is refused.
    [[nodiscard]] CELLOS_DECL Result<std::unique_ptr<ArtifactReader>> open(
        const ExportArtifact& artifact
    ) const;

private:
    ArtifactVolumes(
        os::Descriptor root, std::vector<std::string> places, std::uint64_t limit_bytes
    );

    [[nodiscard]] std::string below_root(std::string_view path) const;
    [[nodiscard]] Result<void> make_directories(std::string_view directory, CellUser user) const;

    os::Descriptor root_;
    std::vector<std::string> places_; // in the order of volume_mounts()
    std::uint64_t limit_bytes_;
};

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/artifacts.ipp>
#endif
