#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/system_rootfs.hpp>
#include <cellos/host/gvisor/config.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/os/control_group.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/network_namespace.hpp>

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI::gvisor {

/// What is known about the host, for all cells of one backend object.
struct HostFacts {
    Runsc runsc{};
    std::string agent{};                ///< the bytes of its program
    std::filesystem::path state_path{}; ///< absolute
    os::Descriptor state{};             ///< that directory
    /// Where cells' control groups are created; empty if this process cannot create any.
    os::CgroupHierarchies cgroups{};
    /// Only for SystemRootfs.
    std::optional<SystemRootfsTemplate> system_rootfs{};
    std::optional<std::string> kernel_digest{}; ///< of runsc, where there is a hasher
    std::optional<std::string> rootfs_digest{}; ///< of a DirectoryRootfs, where there is a hasher
    /// Where runsc is started, so that other users of this host cannot reach its control sockets.
    /// All cells of one backend object share it: what is in it is `runsc run` itself, one process
    /// of this user for each cell. Sandboxes, and the gofers that open files for them, are in
    /// namespaces of their own. Empty where none can be made.
    std::optional<os::NetworkNamespace> private_network{};
    std::vector<std::string> caveats{}; ///< of every cell
};

/// The operator's config and the facts about this host, which are found out for the first cell and
/// then kept. A failure is not kept: once the host is repaired, the same backend works.
/// Thread-safe.
class Host {
public:
    CELLOS_DECL explicit Host(GVisorConfig config);

    [[nodiscard]] const GVisorConfig& config() const noexcept { return config_; }

    /// The state directory. Absolute: runsc's processes are recognised by it, also by a recovery in
    /// another program.
    [[nodiscard]] CELLOS_DECL std::filesystem::path state_path() const;

    /// The facts; owned by this object. The first call asks runsc for its flags and creates the
    /// state directory; it may block for GVisorConfig::runsc_deadline.
    [[nodiscard]] CELLOS_DECL Result<const HostFacts*> facts();

private:
    [[nodiscard]] Result<HostFacts> find() const;

    GVisorConfig config_;
    std::mutex mutex_;
    std::optional<HostFacts> facts_;
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/cell/host.ipp>
#endif
