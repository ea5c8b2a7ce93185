#pragma once

#include <cellos/core/config.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// What `create` returns and `destroy` takes: the cell's identity, and what is known about its
/// boot. A value: copies refer to the same cell, and the backend that made it owns everything
/// behind it.
struct CellHandle {
    std::string cell_id{}; ///< the document's `spec.id`
    std::optional<std::filesystem::path> cgroup_path{};
    std::optional<bool> nft_rules_applied{};
    std::optional<std::string> kernel_digest_sha256{};
    std::optional<std::string> rootfs_digest_sha256{};
    std::optional<std::string> firecracker_digest_sha256{};
    /// The backend's own name for the cell, which distinguishes it from earlier and concurrent
    /// cells with the same id. Empty if the backend keeps no state.
    std::string instance{};
    /// What the document asks for but this host cannot provide, one sentence each. Not empty only
    /// if the operator accepts that.
    std::vector<std::string> caveats{};
    /// The attribute `cellrun` of the life's events. Set by the supervisor, not the backend, after
    /// `create`; empty where CellRef::run_id is.
    std::optional<std::string> run_id{};

    friend bool operator==(const CellHandle&, const CellHandle&) = default;
};

} // namespace cellos::inline CELLOS_ABI
