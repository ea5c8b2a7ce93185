#pragma once

#include <cellos/core/visible.hpp>
#include <cellos/host/sandbox/exports.hpp>
#include <cellos/host/sandbox/places.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace cellos::inline CELLOS_ABI::sandbox {

CELLOS_DECL std::vector<std::string> artifact_directories(const ExecutionCellSpec& spec) {
    std::vector<std::string> directories;
    if (!spec.export_) return directories;
    for (const ExportArtifact& artifact : spec.export_->artifacts) {
        const std::string path = normal_path(artifact.path);
        const std::size_t end = path.rfind('/');
        directories.push_back(end == 0 ? "/" : path.substr(0, end));
    }
    return directories;
}

CELLOS_DECL std::vector<std::string> volume_places(std::vector<std::string> directories) {
    std::sort(directories.begin(), directories.end());
    std::vector<std::string> outermost;
    for (std::string& place : directories) {
        const auto holds = [&](const std::string& other) { return at_or_below(place, other); };
        if (std::ranges::none_of(outermost, holds)) outermost.push_back(std::move(place));
    }
    return outermost;
}

CELLOS_DECL std::vector<std::string> unwritable_artifacts(
    const std::vector<std::string>& directories, const Rootfs& rootfs
) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < directories.size(); ++i) {
        const std::string& place = directories[i];
        const bool read_only =
            is_system(rootfs) && (at_or_below(place, "/usr") || at_or_below(place, "/etc") ||
                                  in_any(system_directories, place));
        if (place != "/" && !in_any(own_places, place) && !read_only) continue;
        lines.push_back(
            "spec.export.artifacts[" + std::to_string(i) + "].path: a workload cannot write to " +
            visible(place) + ": export from a directory of its own, such as /out"
        );
    }
    return lines;
}

} // namespace cellos::inline CELLOS_ABI::sandbox
