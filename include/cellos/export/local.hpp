#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/hasher.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Puts artifacts into files of this host: `<root>/<cell id>/<artifact name>`, never executable. A
/// file of that name is replaced.
///
/// A file with its final name is always complete, also after a crash of the machine: it is written
/// under another name (`.<random>.part`), synchronised and renamed. What fails leaves nothing. The
/// root may lie where others can write: a cell's directory that is a link, belongs to somebody else
/// or lets others write is refused. Any number of threads and processes may use one root at once.
class LocalExportSink {
public:
    static constexpr std::string_view name = "local";
    static constexpr std::uint64_t default_limit_bytes = std::uint64_t{1} << 30;

    /// Nothing is touched yet; a missing `root` is made by the first export, its parent must be
    /// there. Without `sha256` (<cellos/openssl/sha256.hpp>) receipts carry no digest. An
    /// artifact of more than `limit_bytes` is refused.
    CELLOS_DECL explicit LocalExportSink(
        std::filesystem::path root,
        HasherFactory sha256 = {},
        std::uint64_t limit_bytes = default_limit_bytes
    );

    /// Reads `reader` to its end. The receipt's location is the file's path, its size what was
    /// read. Errors of the reader are passed on as they are, all others are of kind ExportSink.
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
