#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/sandbox/config.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
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

/// The file system that the volumes of one cell lie in; it goes with this object, once nobody else
/// has it mounted. Const members may be called from several threads.
class ArtifactVolumes {
public:
    /// A volume for each of `places` (volume_places(), at least one), seen in the cell there; the
    /// one at `places[n]` is the directory `n` of the root. Makes those of `directories` that lie
    /// in a volume, with all on the way to them; they belong to `user`. Takes the right to mount
    /// (root).
    [[nodiscard]] CELLOS_DECL static Result<ArtifactVolumes> make(
        std::vector<std::string> places,
        std::span<const std::string> directories,
        std::uint64_t limit_bytes,
        CellUser user
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
    std::vector<std::string> places_;
    std::uint64_t limit_bytes_;
};

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/artifacts.ipp>
#endif
