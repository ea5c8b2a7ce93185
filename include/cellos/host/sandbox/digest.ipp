#pragma once

#include <cellos/host/sandbox/digest.hpp>
#include <cellos/os/descriptor.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::sandbox {

namespace detail {

[[nodiscard]] inline Result<void> hash_content(Hasher& hasher, const std::filesystem::path& file) {
    auto opened = os::open_at(AT_FDCWD, file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!opened) return failure_of(opened);
    constexpr std::size_t step = std::size_t{1} << 18;
    const auto buffer = std::make_unique_for_overwrite<std::byte[]>(step);
    for (;;) {
        const ssize_t got =
            os::retry_on_interrupt([&] { return ::read(opened->get(), buffer.get(), step); });
        if (got == -1) return os::failure("cannot read " + file.string());
        if (got == 0) return {};
        hasher.update({buffer.get(), static_cast<std::size_t>(got)});
    }
}

inline void hash_text(Hasher& hasher, const std::string& text) {
    // With its end, so that neighbouring fields cannot run into each other.
    hasher.update(std::as_bytes(std::span{text.c_str(), text.size() + 1}));
}

} // namespace detail

CELLOS_DECL Result<std::string> digest_file(
    const HasherFactory& sha256, const std::filesystem::path& file
) {
    const auto hasher = sha256();
    if (auto hashed = detail::hash_content(*hasher, std::filesystem::canonical(file)); !hashed)
        return failure_of(hashed);
    return hasher->finish();
}

CELLOS_DECL Result<std::string> digest_tree(
    const HasherFactory& sha256, const std::filesystem::path& root
) {
    std::vector<std::filesystem::path> entries;
    std::error_code error;
    for (auto it = std::filesystem::recursive_directory_iterator{root, error};
         !error && it != std::filesystem::end(it);
         it.increment(error)) {
        entries.push_back(it->path());
    }
    if (error)
        return failure(
            CellosError::Kind::Host,
            "cannot read the rootfs " + root.string() + ": " + error.message()
        );
    std::ranges::sort(entries, {}, [](const auto& path) -> const std::string& {
        return path.native();
    });

    const auto hasher = sha256();
    for (const auto& entry : entries) {
        struct stat info {};
        if (::lstat(entry.c_str(), &info) == -1)
            return os::failure("cannot look at " + entry.string());
        detail::hash_text(*hasher, entry.lexically_relative(root).native());
        detail::hash_text(*hasher, std::to_string(info.st_mode));
        if (S_ISLNK(info.st_mode)) {
            detail::hash_text(*hasher, std::filesystem::read_symlink(entry, error).native());
        } else if (S_ISREG(info.st_mode)) {
            detail::hash_text(*hasher, std::to_string(info.st_size));
            if (auto hashed = detail::hash_content(*hasher, entry); !hashed)
                return failure_of(hashed);
        }
    }
    return hasher->finish();
}

} // namespace cellos::inline CELLOS_ABI::sandbox
