#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/sandbox/config.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// How artifacts leave a cell. Files that the sandbox keeps in its own memory cannot be read from
/// outside, so the directories of the document's artifacts are volumes: writable bind mounts of a
/// file system that belongs to this cell alone. That file system is in memory, holds at most
/// `limits.scratchBytes` (all volumes of a cell together), is mounted nowhere on the host, and
/// disappears with the cell, or when this process dies.

namespace cellos::inline CELLOS_ABI::sandbox {

/// The file system of one cell's volumes. It disappears with this object, once no other process has
/// it mounted. Const members are thread-safe.
class ArtifactVolumes {
public:
    /// Makes a volume for each of `places` (see volume_places(); at least one), its mount point in
    /// the cell; the volume at `places[n]` is the directory `n` of the root. Creates those of
    /// `directories` that are in a volume, with their parents; they belong to `user`. Needs the
    /// right to mount (root). The error is Host.
    [[nodiscard]] CELLOS_DECL static Result<ArtifactVolumes> make(
        std::vector<std::string> places,
        std::span<const std::string> directories,
        std::uint64_t limit_bytes,
        CellUser user
    );

    /// For SpawnRequest::mounts; still owned by this object.
    [[nodiscard]] int root() const noexcept { return root_.get(); }

    /// A path to the root that is valid in this process.
    [[nodiscard]] CELLOS_DECL std::filesystem::path path() const;

    /// Opens an artifact; call it once the workload has ended. Refuses what open_artifact_file()
    /// refuses, and what with the artifacts that were opened before it comes to more than the limit
    /// of the volumes: files with holes can. The error names the artifact's path.
    [[nodiscard]] CELLOS_DECL Result<std::unique_ptr<ArtifactReader>> open(
        const ExportArtifact& artifact
    ) const;

private:
    ArtifactVolumes(
        os::Descriptor root, std::vector<std::string> places, std::uint64_t limit_bytes
    );

    [[nodiscard]] std::string below_root(std::string_view path) const;
    [[nodiscard]] Result<void> make_directories(std::string_view directory, CellUser user) const;

    /// What has been opened. An artifact counts once, however many sinks it goes to.
    struct Opened {
        std::mutex mutex{};
        std::map<std::string, std::uint64_t> bytes{}; ///< by name
    };
    [[nodiscard]] Result<void> count(const std::string& name, std::uint64_t bytes) const;

    os::Descriptor root_;
    std::vector<std::string> places_;
    std::uint64_t limit_bytes_;
    std::unique_ptr<Opened> opened_ = std::make_unique<Opened>();
};

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/artifacts.ipp>
#endif
