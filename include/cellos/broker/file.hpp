#pragma once

#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/secret.hpp>

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Finds secrets in the files of one directory, as Kubernetes, Docker and systemd provide them: the
/// reference `TOKEN` is the file `TOKEN`. A single newline at the end, as editors and `echo` write
/// it, is not part of the secret; everything else is.
///
/// The directory and the file must belong to root or to the user of this process. No other user may
/// be able to change either, and only the file's group may also read the file (mode 0640 or
/// stricter). Only a regular file in the directory itself is read: links are not followed, and a
/// FIFO or a device is refused without blocking. Needs Linux 5.6.
///
/// Thread-safe.
class FileSecretBroker {
public:
    static constexpr std::string_view name = "file";

    /// Does not access the directory yet. A file of more than `limit_bytes` is an error.
    CELLOS_DECL explicit FileSecretBroker(
        std::filesystem::path directory, std::size_t limit_bytes = std::size_t{64} << 10
    );

    /// Reads the file each time, so that a changed secret needs no restart. The error
    /// (SecretBroker) says what is wrong with the file or the directory, never what it contains.
    [[nodiscard]] CELLOS_DECL Result<Secret> resolve(
        std::string_view reference, const CellHandle& cell
    ) const;

    /// Does nothing and always succeeds: a file cannot be revoked.
    [[nodiscard]] CELLOS_DECL Result<void> revoke_for_cell(std::string_view cell_id) const;

private:
    std::filesystem::path directory_;
    std::size_t limit_bytes_;
};

static_assert(SecretBroker<FileSecretBroker>);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/broker/file.ipp>
#endif
