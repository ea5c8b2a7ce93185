#pragma once

#include <cellos/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace cellos::inline CELLOS_ABI {

/// Which artifact of which cell is on its way out.
struct ExportArtifactMetadata {
    std::string cell_id{};
    std::string name{};           ///< portable and unique in its document
    std::string path{};           ///< where it lay in the cell
    std::uint64_t size_bytes = 0; ///< as far as it is known before reading; else 0
};

/// Proof of an export, as it stands in the event.
struct ExportReceipt {
    std::string target_kind{}; ///< `local`, …
    std::string location{};
    std::uint64_t size_bytes = 0;
    std::optional<std::string> sha256{};
};

/// The bytes of an artifact, once, in order. Owned by the supervisor; used by one sink at a time.
class ArtifactReader {
public:
    ArtifactReader() = default;
    ArtifactReader(const ArtifactReader&) = delete;
    ArtifactReader& operator=(const ArtifactReader&) = delete;
    virtual ~ArtifactReader() = default;

    /// As far as it is known before reading; else 0. What `read` yields is what counts.
    [[nodiscard]] virtual std::uint64_t size_bytes() const noexcept { return 0; }

    /// Fills the front of `buffer`; the count is 0 only at the end.
    [[nodiscard]] virtual Result<std::size_t> read(std::span<std::byte> buffer) = 0;
};

} // namespace cellos::inline CELLOS_ABI
