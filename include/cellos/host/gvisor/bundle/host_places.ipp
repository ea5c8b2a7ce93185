#pragma once

#include <cellos/core/join_lines.hpp>
#include <cellos/core/visible.hpp>
#include <cellos/host/gvisor/bundle/host_places.hpp>
#include <cellos/host/gvisor/bundle/root_walk.hpp>
#include <cellos/os/descriptor.hpp>

#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

[[nodiscard]] inline bool is_there(int root, std::string_view path, mode_t type) {
    const auto look = [type](int directory, const std::string& name, bool is_last) -> Result<void> {
        if (file_type(directory, name.c_str()) == (is_last ? type : S_IFDIR)) return {};
        return failure(CellosError::Kind::Host, "not there");
    };
    return descend(root, path, look).has_value();
}

} // namespace detail

CELLOS_DECL Result<void> check_mount_sources(std::span<const MountPoint> points) {
    std::vector<std::string> missing;
    for (const MountPoint& point : points) {
        if (!point.source || detail::file_type(AT_FDCWD, point.source->c_str(), 0) != 0) continue;
        missing.push_back(
            "cannot mount " + point.source->native() + " at " + visible(point.cell) +
            ": there is no such file or directory on the host"
        );
    }
    if (missing.empty()) return {};
    return failure(CellosError::Kind::Host, join_lines(missing));
}

CELLOS_DECL Result<void> check_working_directory(const PlaceOnHost& place) {
    auto directory = os::open_at(AT_FDCWD, place.directory.c_str(), O_PATH | O_DIRECTORY);
    if (directory && detail::is_there(directory->get(), '/' + place.below, S_IFDIR)) return {};
    return failure(
        CellosError::Kind::Host,
        "spec.run.workingDirectory: there is no directory " +
            visible((place.directory / place.below).native()) +
            " on the host, reached without links"
    );
}

CELLOS_DECL Result<void> check_directory_rootfs(
    const std::filesystem::path& path, std::span<const MountPoint> points
) {
    const auto root = os::open_at(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY);
    if (!root) {
        return failure(
            CellosError::Kind::Host, "the rootfs " + path.native() + " is not a directory"
        );
    }
    std::vector<std::string> missing;
    for (const MountPoint& point : points) {
        const mode_t type = detail::needed_type(point);
        if (detail::is_there(root->get(), point.cell, type)) continue;
        missing.push_back(
            "the rootfs " + path.native() + " has no " +
            (type == S_IFDIR ? "directory " : "file ") + visible(point.cell) +
            ", which the cell needs: make one (not a link)"
        );
    }
    if (missing.empty()) return {};
    return failure(CellosError::Kind::Host, join_lines(missing));
}

CELLOS_DECL bool has_content(const std::filesystem::path& rootfs, std::string_view cell) {
    std::error_code error;
    const std::filesystem::directory_iterator entries{rootfs / cell.substr(1), error};
    return !error && entries != std::filesystem::directory_iterator{};
}

} // namespace cellos::inline CELLOS_ABI::gvisor
