#pragma once

#include <cellos/host/gvisor/bundle/root_walk.hpp>

#include <sys/stat.h>

namespace cellos::inline CELLOS_ABI::gvisor::detail {

CELLOS_DECL mode_t file_type(int directory, const char* path, int flags) noexcept {
    struct stat status {};
    return ::fstatat(directory, path, &status, flags) == 0 ? status.st_mode & S_IFMT : 0;
}

CELLOS_DECL mode_t needed_type(const MountPoint& point) noexcept {
    if (!point.source) return S_IFDIR;
    return file_type(AT_FDCWD, point.source->c_str(), 0) == S_IFDIR ? S_IFDIR : S_IFREG;
}

} // namespace cellos::inline CELLOS_ABI::gvisor::detail
