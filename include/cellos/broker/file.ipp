#pragma once

#include <cellos/broker/file.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/os/contained_open.hpp>
#include <cellos/os/descriptor.hpp>

#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI {

namespace detail {

[[nodiscard]] inline tl::unexpected<CellosError> refuse_secret(std::string why) {
    return failure(CellosError::Kind::SecretBroker, std::move(why));
}

// Whether only root and this user can change it.
[[nodiscard]] inline bool trusted_with_secrets(const struct stat& info) noexcept {
    return (info.st_uid == 0 || info.st_uid == ::geteuid()) &&
           (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

[[nodiscard]] inline Result<Secret> read_secret(
    int fd, const std::string& file, off_t size, std::size_t limit_bytes
) {
    if (static_cast<std::size_t>(size) > limit_bytes)
        return refuse_secret(file + " has more than " + std::to_string(limit_bytes) + " bytes");
    // With room for one byte more: it tells that the file has grown, and is the zero if not.
    SecretMemory memory{static_cast<std::size_t>(size) + 1};
    std::size_t length = 0;
    while (length < memory.size()) {
        const ssize_t got = os::retry_on_interrupt([&] {
            return ::read(fd, memory.data() + length, memory.size() - length);
        });
        if (got == -1) return refuse_secret("cannot read " + file);
        if (got == 0) break;
        length += static_cast<std::size_t>(got);
    }
    if (length == memory.size()) return refuse_secret(file + " changed while it was read");
    if (length > 0 && memory.data()[length - 1] == '\n') memory.data()[--length] = '\0';
    return Secret{std::move(memory), length};
}

} // namespace detail

CELLOS_DECL FileSecretBroker::FileSecretBroker(
    std::filesystem::path directory, std::size_t limit_bytes
)
    : directory_{std::move(directory)}, limit_bytes_{limit_bytes} {}

CELLOS_DECL Result<Secret> FileSecretBroker::resolve(std::string_view reference, const CellHandle&)
    const {
    if (!is_portable_name(reference))
        return detail::refuse_secret("the reference is not a file name");
    const std::string file{reference};
    auto directory = os::open_at(AT_FDCWD, directory_.c_str(), O_RDONLY | O_DIRECTORY);
    if (!directory) return detail::refuse_secret(directory.error().message);
    struct stat info {};
    if (::fstat(directory->get(), &info) == -1 || !detail::trusted_with_secrets(info))
        return detail::refuse_secret(
            directory_.string() + " must belong to this user or root, and be writable by nobody "
                                  "else"
        );

    auto opened = os::open_contained(directory->get(), file, O_RDONLY | O_NONBLOCK);
    if (!opened) return detail::refuse_secret(opened.error().message);
    if (::fstat(opened->get(), &info) == -1) return detail::refuse_secret("cannot look at " + file);
    if (!S_ISREG(info.st_mode)) return detail::refuse_secret(file + " is not a regular file");
    if (!detail::trusted_with_secrets(info) || (info.st_mode & S_IRWXO) != 0)
        return detail::refuse_secret(
            file + " must belong to this user or root, and be writable by nobody else nor "
                   "readable by others (chmod 0600)"
        );
    return detail::read_secret(opened->get(), file, info.st_size, limit_bytes_);
}

CELLOS_DECL Result<void> FileSecretBroker::revoke_for_cell(std::string_view) const {
    return {};
}

} // namespace cellos::inline CELLOS_ABI
