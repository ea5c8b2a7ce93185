#pragma once

#include <cellos/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace cellos::inline CELLOS_ABI {

/// Describes an artifact that is being exported.
struct ExportArtifactMetadata {
    std::string cell_id{};
    std::string name{};           ///< portable and unique in its document
    std::string path{};           ///< its path in the cell
    std::uint64_t size_bytes = 0; ///< if known before reading; otherwise 0
};

/// Proof of an export, as recorded in the event.
struct ExportReceipt {
    std::string target_kind{}; ///< `local`, …
    std::string location{};
    std::uint64_t size_bytes = 0;
    std::optional<std::string> sha256{};
};

/// Reads the bytes of an artifact once, in order. Owned by the supervisor; used by one thread at a
/// time.
class CELLOS_POLYMORPHIC ArtifactReader {
public:
    ArtifactReader() = default;
    ArtifactReader(const ArtifactReader&) = delete;
    ArtifactReader& operator=(const ArtifactReader&) = delete;
    virtual ~ArtifactReader() = default;

    /// The size in bytes if known before reading, otherwise 0. Only what `read` returns is binding.
    [[nodiscard]] virtual std::uint64_t size_bytes() const noexcept { return 0; }

    /// Its permission bits in the cell; empty where the backend does not know them.
    [[nodiscard]] virtual std::optional<std::uint32_t> mode() const noexcept { return {}; }

    /// Fills the front of `buffer`; the count is 0 only at the end.
    [[nodiscard]] virtual Result<std::size_t> read(std::span<std::byte> buffer) = 0;
};

} // namespace cellos::inline CELLOS_ABI
