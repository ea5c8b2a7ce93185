#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/hasher.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Puts artifacts into files of this host: `<root>/<cell id>/<artifact name>`, of the mode 0644, or
/// 0755 if they were executable for their owner in the cell; less what the umask takes. A file of
/// that name is replaced.
///
/// A file with its final name is always complete, even after a crash of the machine: it is written
/// under another name (`.<random>.part`), synced and renamed. A failed export leaves no file. The
/// root may be in a place where other users can write: a cell's directory is refused if it is a
/// link, belongs to another user or is writable by others. Thread-safe; several processes may use
/// one root.
class LocalExportSink {
public:
    static constexpr std::string_view name = "local";
    static constexpr std::uint64_t default_limit_bytes = std::uint64_t{1} << 30;

    /// Does not access the file system yet. The first export creates a missing `root`; its parent
    /// must exist. Without `sha256` (<cellos/openssl/sha256.hpp>) receipts have no digest. An
    /// artifact of more than `limit_bytes` is refused.
    CELLOS_DECL explicit LocalExportSink(
        std::filesystem::path root,
        HasherFactory sha256 = {},
        std::uint64_t limit_bytes = default_limit_bytes
    );

    /// Reads `reader` to its end and writes the file. The receipt's location is the path of the
    /// file, its size the number of bytes read. Errors of the reader are passed on unchanged; all
    /// others are ExportSink.
    [[nodiscard]] CELLOS_DECL Result<ExportReceipt> export_artifact(
        const ExportArtifactMetadata& artifact, ArtifactReader& reader
    ) const;

private:
    [[nodiscard]] Result<void> copy(ArtifactReader& reader, int to, ExportReceipt& receipt) const;

    std::filesystem::path root_;
    HasherFactory sha256_;
    std::uint64_t limit_bytes_;
};

static_assert(ExportSink<LocalExportSink>);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/export/local.ipp>
#endif
