#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <linux/magic.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>

namespace cellos::inline CELLOS_ABI::os {

template <class = IfUsed>
[[nodiscard]] bool memory_backed(const char* path) noexcept {
    struct statfs info {};
    return ::statfs(path, &info) == 0 && (info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC);
}

/// Where cells live unless the operator says otherwise. In memory where possible: files of a cell
/// are small, short-lived, and may hold secrets.
template <class = IfUsed>
[[nodiscard]] std::filesystem::path default_state_directory() {
    const std::string mine = "cellos-" + std::to_string(::geteuid());
    if (::geteuid() == 0 && memory_backed("/run")) return "/run/cellos";
    if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime && memory_backed(runtime)) {
        return std::filesystem::path{runtime} / "cellos";
    }
    if (memory_backed("/dev/shm")) return "/dev/shm/" + mine;
    return std::filesystem::path{"/tmp"} / mine;
}

/// Opens `path`, made with mode 0700 if it is not there. It may lie in a directory that others can
/// write to, so one that is a link, belongs to somebody else or lets others in is refused.
template <class = IfUsed>
[[nodiscard]] Result<Descriptor> open_private_directory(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (::mkdir(path.c_str(), 0700) == -1 && errno != EEXIST)
        return failure("cannot make the state directory " + path.string());
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

inline constexpr std::string_view hexadecimal_digits = "0123456789abcdef";

/// 80 random bits as 20 hexadecimal digits. Always the same length, so that no id is another's
/// prefix.
template <class = IfUsed>
[[nodiscard]] Result<std::string> random_id() {
    unsigned char bytes[10];
    if (retry_on_interrupt([&] { return ::getrandom(bytes, sizeof bytes, 0); }) != sizeof bytes) {
        return failure("no random numbers");
    }
    std::string id;
    for (const unsigned char byte : bytes) {
        id += hexadecimal_digits[byte >> 4];
        id += hexadecimal_digits[byte & 15];
    }
    return id;
}

/// Whether `name` could be one of them.
[[nodiscard]] constexpr bool is_random_id(std::string_view name) noexcept {
    return name.size() == 20 &&
           name.find_first_not_of(hexadecimal_digits) == std::string_view::npos;
}

} // namespace cellos::inline CELLOS_ABI::os
