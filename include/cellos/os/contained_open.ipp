#pragma once

#include <cellos/core/visible.hpp>
#include <cellos/os/contained_open.hpp>

#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL Descriptor try_open_contained(int directory, const char* path, int flags) noexcept {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
    return Descriptor{static_cast<int>(retry_on_interrupt([&] {
        return ::syscall(SYS_openat2, directory, path, &how, sizeof how);
    }))};
}

CELLOS_DECL Result<Descriptor> open_contained(int directory, const std::string& path, int flags) {
    Descriptor file = try_open_contained(directory, path.c_str(), flags);
    if (!file && errno == ELOOP)
        return cellos::failure(
            CellosError::Kind::Host, "there is a symbolic link in " + visible(path)
        );
    if (!file) return failure("cannot open " + path);
    return file;
}

} // namespace cellos::inline CELLOS_ABI::os
