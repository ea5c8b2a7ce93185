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

/// What a pool of booted sandboxes keeps, and at what price. What sandboxes are like beyond that is
/// the backend's to be told (for gVisor's: GVisorConfig::launcher and GVisorConfig::warm_platform).
struct PoolOptions {
    /// How many sandboxes wait, for each shape.
    std::size_t size = 4;
    /// How many boot at the same time.
    std::size_t max_boots = 1;
    /// A command to run once in each sandbox before it waits, as the cells' user, in `/`:
    /// `{"python3", "-c", "pass"}` makes Python's first start its second one. Whatever it leaves
    /// running is ended; a command that fails is an error. Empty: `true` if there is one, which
    /// loads the C library, as long as the pool doesn't run dry.
    std::vector<std::string> prepare{};
    /// Documents like those that will come. What cannot be changed in a sandbox that has booted is
    /// taken from them: the working directory, the size of scratch file systems, exports, secrets
    /// as files, and with control groups of version 1 whether memory or processors are limited.
    /// Empty: documents with none of it.
    std::vector<ExecutionCellDocument> like{};
    /// While as many cells run as there are processors, no sandbox is booted for so long: cells
    /// that run come first, but must not starve those to come.
    std::chrono::milliseconds patience{250};
    /// How old a sandbox may get that nobody takes; then a fresh one takes its place.
    std::chrono::milliseconds max_idle{std::chrono::minutes{10}};
    /// How long a boot may take, with the command that prepares it.
    std::chrono::milliseconds boot_deadline{std::chrono::seconds{30}};
};

/// How a sandbox boots ahead of its cell.
enum class BootPace : std::uint8_t {
    Thorough, ///< for the fastest start of the cell
    Hasty,    ///< the pool has run dry: with nothing that the options don't ask for
};

/// What a pool has, and what became of what it had.
struct PoolStats {
    std::size_t ready = 0;         ///< sandboxes that wait
    std::size_t booting = 0;       ///< sandboxes that will
    std::uint64_t warm_starts = 0; ///< cells that ran in a sandbox of the pool
    std::uint64_t cold_starts = 0; ///< cells that did not
    std::uint64_t boots = 0;       ///< sandboxes that came to wait
    std::uint64_t retired = 0;     ///< sandboxes that got too old, or died while they waited
    /// What a sandbox costs on average while it waits, in bytes; empty where that is not known.
    std::optional<std::uint64_t> idle_memory_bytes{};
    /// Why the last boot that failed did so, or the last sandbox died that waited.
    std::optional<CellosError> last_error{};
};

} // namespace cellos::inline CELLOS_ABI
