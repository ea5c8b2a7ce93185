#pragma once

#include <cellos/core/visible.hpp>
#include <cellos/host/sandbox/artifact_file.hpp>
#include <cellos/host/sandbox/artifacts.hpp>
#include <cellos/host/sandbox/places.hpp>
#include <cellos/os/detached_tmpfs.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::sandbox {

CELLOS_DECL Result<ArtifactVolumes> ArtifactVolumes::make(
    std::vector<std::string> places,
    std::span<const std::string> directories,
    std::uint64_t limit_bytes,
    CellUser user
) {
    // An inode costs memory that the size doesn't count.
    constexpr std::uint64_t most_files = std::uint64_t{1} << 16;
    auto root = os::make_detached_tmpfs(limit_bytes, most_files);
    if (!root) {
        root.error().message.insert(0, "spec.export: ");
        return failure_of(root);
    }
    ArtifactVolumes volumes{*std::move(root), std::move(places), limit_bytes};
    for (const std::string& directory : directories) {
        if (auto made = volumes.make_directories(directory, user); !made) return failure_of(made);
    }
    return volumes;
}

CELLOS_DECL std::filesystem::path ArtifactVolumes::path() const {
    return "/proc/self/fd/" + std::to_string(root_.get());
}

CELLOS_DECL Result<std::unique_ptr<ArtifactReader>> ArtifactVolumes::open(
    const ExportArtifact& artifact
) const {
    const auto file = below_root(normal_path(artifact.path));
    auto opened = open_artifact_file(root_.get(), file, limit_bytes_);
    if (opened) {
        if (auto counted = count(artifact.name, (*opened)->size_bytes()); !counted)
            opened = failure_of(counted);
    }
    if (!opened) opened.error().message.insert(0, visible(artifact.path) + ": ");
    return opened;
}

inline ArtifactVolumes::ArtifactVolumes(
    os::Descriptor root, std::vector<std::string> places, std::uint64_t limit_bytes
)
    : root_{std::move(root)}, places_{std::move(places)}, limit_bytes_{limit_bytes} {}

inline Result<void> ArtifactVolumes::count(const std::string& name, std::uint64_t bytes) const {
    const std::lock_guard lock{opened_->mutex};
    std::uint64_t room = limit_bytes_;
    for (const auto& [other, taken] : opened_->bytes)
        if (other != name) room -= (std::min)(room, taken);
    if (bytes > room)
        return failure(
            CellosError::Kind::ExportSink,
            "it and the artifacts before it have more than " + std::to_string(limit_bytes_) +
                " bytes: raise spec.run.limits.scratchBytes"
        );
    opened_->bytes[name] = bytes;
    return {};
}

// `/out/a/b` is `0/a/b` if `/out` is the first volume; empty if it lies in none.
inline std::string ArtifactVolumes::below_root(std::string_view path) const {
    for (std::size_t i = 0; i < places_.size(); ++i) {
        if (at_or_below(path, places_[i]))
            return std::to_string(i).append(path.substr(places_[i].size()));
    }
    return {};
}

// The cell's directory and all on the way to it from its volume, for the cell's user; nothing if it
// lies in none.
inline Result<void> ArtifactVolumes::make_directories(std::string_view directory, CellUser user)
    const {
    const std::string path = below_root(directory);
    for (std::size_t end = 0; end < path.size();) {
        end = (std::min)(path.find('/', end + 1), path.size());
        const std::string part = path.substr(0, end);
        if (::mkdirat(root_.get(), part.c_str(), 0755) == -1 && errno != EEXIST)
            return os::failure("cannot make the directory of an artifact");
        if (::fchownat(root_.get(), part.c_str(), user.uid, user.gid, AT_SYMLINK_NOFOLLOW) == -1 ||
            ::fchmodat(root_.get(), part.c_str(), 0755, 0) == -1)
            return os::failure("cannot give the cell the directory of an artifact");
    }
    return {};
}

} // namespace cellos::inline CELLOS_ABI::sandbox
