#pragma once

#include <cellos/core/handle.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/secret.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/os/contained_open.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>

namespace cellos::inline CELLOS_ABI {

/// Finds secrets in the files of one directory, as Kubernetes, Docker and systemd provide them: the
/// reference `TOKEN` is the file `TOKEN`. One newline at its end, which editors and `echo` put
/// there, is not part of the secret; all else is.
///
/// The directory and the file must belong to root or to the user of this process. Nobody else may
/// be able to change either, and others than the file's group may not read the file (mode 0640 or
/// less). Only a regular file of the directory itself is read: no link is followed, and a FIFO or a
/// device is refused without waiting for it. Linux 5.6.
///
/// Each `resolve` reads the file anew, so that a changed secret needs no restart. It takes nothing
/// back on revocation: a file is no lease.
template <class = IfUsed>
class BasicFileSecretBroker {
public:
    static constexpr std::string_view name = "file";

    /// Nothing is looked at yet. A file of more than `limit_bytes` is an error.
    explicit BasicFileSecretBroker(
        std::filesystem::path directory, std::size_t limit_bytes = std::size_t{64} << 10
    )
        : directory_{std::move(directory)}, limit_bytes_{limit_bytes} {}

    [[nodiscard]] Result<Secret> resolve(std::string_view reference, const CellHandle&) const {
        if (!is_portable_name(reference)) return refuse("the reference is not a file name");
        const std::string file{reference};
        auto directory = os::open_at(AT_FDCWD, directory_.c_str(), O_RDONLY | O_DIRECTORY);
        if (!directory) return refuse(directory.error().message);
        struct stat info {};
        if (::fstat(directory->get(), &info) == -1 || !trusted(info))
            return refuse(
                directory_.string() +
                " must belong to this user or root, and be writable by nobody "
                "else"
            );

        auto opened = os::open_contained(directory->get(), file, O_RDONLY | O_NONBLOCK);
        if (!opened) return refuse(opened.error().message);
        if (::fstat(opened->get(), &info) == -1) return refuse("cannot look at " + file);
        if (!S_ISREG(info.st_mode)) return refuse(file + " is not a regular file");
        if (!trusted(info) || (info.st_mode & S_IRWXO) != 0)
            return refuse(
                file + " must belong to this user or root, and be writable by nobody else nor "
                       "readable by others (chmod 0600)"
            );
        return read(opened->get(), file, info.st_size);
    }

    [[nodiscard]] Result<void> revoke_for_cell(std::string_view) const { return {}; }

private:
    [[nodiscard]] static tl::unexpected<CellosError> refuse(std::string why) {
        return failure(CellosError::Kind::SecretBroker, std::move(why));
    }

    [[nodiscard]] static bool trusted(const struct stat& info) noexcept {
        return (info.st_uid == 0 || info.st_uid == ::geteuid()) &&
               (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
    }

    [[nodiscard]] Result<Secret> read(int fd, const std::string& file, off_t size) const {
        if (static_cast<std::size_t>(size) > limit_bytes_)
            return refuse(file + " has more than " + std::to_string(limit_bytes_) + " bytes");
        // With room for one byte more: it tells that the file has grown, and is the zero if not.
        SecretMemory memory{static_cast<std::size_t>(size) + 1};
        std::size_t length = 0;
        while (length < memory.size()) {
            const ssize_t got = os::retry_on_interrupt([&] {
                return ::read(fd, memory.data() + length, memory.size() - length);
            });
            if (got == -1) return refuse("cannot read " + file);
            if (got == 0) break;
            length += static_cast<std::size_t>(got);
        }
        if (length == memory.size()) return refuse(file + " changed while it was read");
        if (length > 0 && memory.data()[length - 1] == '\n') memory.data()[--length] = '\0';
        return Secret{std::move(memory), length};
    }

    std::filesystem::path directory_;
    std::size_t limit_bytes_;
};

using FileSecretBroker = BasicFileSecretBroker<>;

static_assert(SecretBroker<FileSecretBroker>);

} // namespace cellos::inline CELLOS_ABI
