#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// How many sandboxes a pool keeps booted, and how it boots them. Everything else about the
/// sandboxes is configured in the backend (for gVisor: GVisorConfig::agent and
/// GVisorConfig::warm_platform).
struct PoolOptions {
    /// How many sandboxes to keep waiting, for each shape.
    std::size_t size = 4;
    /// How many may boot at the same time.
    std::size_t max_boots = 1;
    /// A command to run once in each sandbox before it waits, as the cells' user, in `/`: after
    /// `{"python3", "-c", "pass"}` the cell's Python finds its files cached. Processes that it
    /// leaves running are killed; a command that fails is an error. Empty: `true` if it exists,
    /// which loads the C library; skipped when the pool has run dry.
    std::vector<std::string> prepare{};
    /// Samples of the documents to expect. They determine what cannot be changed once a sandbox has
    /// booted: the working directory, the size of scratch file systems, exports, secrets as files,
    /// and, with version 1 control groups, whether `cpuMax` is set. Empty: documents with none of
    /// these.
    std::vector<ExecutionCellDocument> like{};
    /// How long booting is put off while as many cells run as there are processors: running cells
    /// come first, but must not starve future ones.
    std::chrono::milliseconds patience{250};
    /// How long a sandbox may wait before a fresh one replaces it.
    std::chrono::milliseconds max_idle{std::chrono::minutes{10}};
    /// How long a boot may take, including the `prepare` command.
    std::chrono::milliseconds boot_deadline{std::chrono::seconds{30}};
};

/// How a sandbox boots ahead of its cell.
enum class BootPace : std::uint8_t {
    Thorough, ///< for the fastest start of the cell
    Hasty,    ///< the pool has run dry: nothing but what the options ask for
};

/// What a pool has, and what became of its sandboxes.
struct PoolStats {
    std::size_t ready = 0;         ///< sandboxes that are waiting
    std::size_t booting = 0;       ///< sandboxes that are booting
    std::uint64_t warm_starts = 0; ///< cells that ran in a sandbox of the pool
    std::uint64_t cold_starts = 0; ///< cells that did not
    std::uint64_t boots = 0;       ///< boots that succeeded
    std::uint64_t retired = 0;     ///< sandboxes that got too old or died while waiting
    /// The average memory of a waiting sandbox, in bytes; empty if unknown.
    std::optional<std::uint64_t> idle_memory_bytes{};
    /// Why the latest failed boot failed, or the latest waiting sandbox died.
    std::optional<CellosError> last_error{};
};

} // namespace cellos::inline CELLOS_ABI
