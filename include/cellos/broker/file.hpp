#pragma once

#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/secret.hpp>

#include <cstddef>
#include <filesystem>
#include <string_view>

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
/// Any number of threads may use one at once.
class FileSecretBroker {
public:
    static constexpr std::string_view name = "file";

    /// Nothing is looked at yet. A file of more than `limit_bytes` is an error.
    CELLOS_DECL explicit FileSecretBroker(
        std::filesystem::path directory, std::size_t limit_bytes = std::size_t{64} << 10
    );

    /// Reads the file anew each time, so that a changed secret needs no restart. A SecretBroker
    /// error says what is wrong with the file or the directory, and never what is in it.
    [[nodiscard]] CELLOS_DECL Result<Secret> resolve(
        std::string_view reference, const CellHandle& cell
    ) const;

    /// Takes nothing back: a file is no lease.
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
