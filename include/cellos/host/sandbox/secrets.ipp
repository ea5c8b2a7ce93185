#pragma once

#include <cellos/core/text_syntax.hpp>
#include <cellos/host/sandbox/secrets.hpp>
#include <cellos/os/descriptor.hpp>

#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::sandbox {

CELLOS_DECL Result<void> check_secret_variables(const std::vector<ResolvedSecret>& secrets) {
    for (const ResolvedSecret& secret : secrets) {
        if (!is_text(secret.value.reveal()))
            return failure(
                CellosError::Kind::SecretBroker,
                "the secret " + secret.name +
                    " is not UTF-8 without NUL and cannot be an environment variable: deliver it "
                    "as a file"
            );
    }
    return {};
}

CELLOS_DECL Result<void> write_secret_files(
    int cell, const std::vector<ResolvedSecret>& secrets, CellUser user
) {
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
    auto directory = os::open_at(cell, "secrets", flags);
    if (!directory) return failure_of(directory);
    const auto give = [user](int fd, mode_t mode) {
        return ::fchown(fd, user.uid, user.gid) == 0 && ::fchmod(fd, mode) == 0;
    };
    for (const ResolvedSecret& secret : secrets) {
        constexpr int create = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
        auto file = os::open_at(directory->get(), secret.name.c_str(), create, 0400);
        if (!file) return failure_of(file);
        if (auto written = os::write_all(file->get(), secret.value.reveal()); !written)
            return written;
        if (!give(file->get(), 0400)) return os::failure("cannot give the cell its secrets");
    }
    if (!give(directory->get(), 0500)) return os::failure("cannot give the cell its secrets");
    return {};
}

CELLOS_DECL void remove_secret_files(const std::filesystem::path& cell) {
    std::error_code ignored;
    std::filesystem::remove_all(cell / "secrets", ignored);
}

} // namespace cellos::inline CELLOS_ABI::sandbox
