#pragma once

#include <cellos/core/config.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// What `create` returns and `destroy` takes: the cell's identity and what is known of its boot. A
/// value: copies name the same cell, and the backend that made it owns everything behind it.
struct CellHandle {
    std::string cell_id{}; ///< the document's `spec.id`
    std::optional<std::filesystem::path> cgroup_path{};
    std::optional<bool> nft_rules_applied{};
    std::optional<std::string> kernel_digest_sha256{};
    std::optional<std::string> rootfs_digest_sha256{};
    std::optional<std::string> firecracker_digest_sha256{};
    /// Tells apart two cells of one id that live after, or beside, each other; the backend's own
    /// name for this one. Empty where the backend keeps no state.
    std::string instance{};
    /// What the document asks for and the cell does not have on this host, one sentence each: only
    /// where the operator accepts that.
    std::vector<std::string> caveats{};
    /// The attribute `cellrun` of the life's events. The supervisor's, not the backend's: filled in
    /// after `create`, and without a value where CellRef::run_id is empty.
    std::optional<std::string> run_id{};

    friend bool operator==(const CellHandle&, const CellHandle&) = default;
};

} // namespace cellos::inline CELLOS_ABI
