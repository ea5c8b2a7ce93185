#pragma once

#include <cellos/os/random.hpp>
#include <cellos/os/state_directory.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <system_error>

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL bool memory_backed(const char* path) noexcept {
    struct statfs info {};
    return ::statfs(path, &info) == 0 && (info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC);
}

CELLOS_DECL std::filesystem::path default_state_directory() {
    const std::string mine = "cellos-" + std::to_string(::geteuid());
    if (::geteuid() == 0 && memory_backed("/run")) return "/run/cellos";
    if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime && memory_backed(runtime)) {
        return std::filesystem::path{runtime} / "cellos";
    }
    if (memory_backed("/dev/shm")) return "/dev/shm/" + mine;
    return std::filesystem::path{"/tmp"} / mine;
}

CELLOS_DECL Result<Descriptor> open_private_directory(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (::mkdir(path.c_str(), 0700) == 0) {
        static_cast<void>(::chmod(path.c_str(), 0700)); // whatever the umask
    } else if (errno != EEXIST) {
        return failure("cannot make the state directory " + path.string());
    }
    auto directory = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!directory) return directory;
    struct stat info {};
    if (::fstat(directory->get(), &info) == -1) return failure("cannot look at " + path.string());
    if (info.st_uid != ::geteuid() || (info.st_mode & 077) != 0) {
        return cellos::failure(
            CellosError::Kind::Host,
            "the state directory " + path.string() +
                " must belong to this user alone (mode 0700): remove it, or "
                "configure another one"
        );
    }
    return directory;
}

CELLOS_DECL Result<std::string> random_id() {
    std::array<std::byte, 10> bytes{};
    if (auto filled = random_bytes(bytes); !filled) return failure_of(filled);
    return hex(bytes);
}

} // namespace cellos::inline CELLOS_ABI::os
