#pragma once

#include <cellos/os/detached_tmpfs.hpp>

#include <string>

#include <sys/mount.h>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL Result<Descriptor> make_detached_tmpfs(std::uint64_t bytes, std::uint64_t files) {
    constexpr const char* what = "cannot make a file system in memory";
    const Descriptor context{::fsopen("tmpfs", FSOPEN_CLOEXEC)};
    if (!context) return failure(what);
    const auto set = [&](const char* key, const std::string& value) {
        return ::fsconfig(context.get(), FSCONFIG_SET_STRING, key, value.c_str(), 0) == 0;
    };
    if (!set("size", std::to_string(bytes)) || !set("nr_inodes", std::to_string(files)) ||
        !set("mode", "0700") ||
        ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == -1)
        return failure(what);
    Descriptor root{
        ::fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)};
    if (!root) return failure(what);
    return root;
}

} // namespace cellos::inline CELLOS_ABI::os
