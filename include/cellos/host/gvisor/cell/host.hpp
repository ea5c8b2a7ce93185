#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/system_rootfs.hpp>
#include <cellos/host/gvisor/config.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/host/sandbox/digest.hpp>
#include <cellos/os/control_group.hpp>
#include <cellos/os/state_directory.hpp>

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace cellos::inline CELLOS_ABI::gvisor {

/// What holds for every cell of one backend object.
struct HostFacts {
    Runsc runsc{};
    std::filesystem::path state_path{};
    os::Descriptor state{};
    /// Where cells' control groups go; none where this process cannot make any.
    os::CgroupHierarchies cgroups{};
    /// Only for SystemRootfs.
    std::optional<SystemRootfsTemplate> system_rootfs{};
    std::optional<std::string> kernel_digest{};
    std::optional<std::string> rootfs_digest{};
};

/// The operator's config, and what this host makes of it: found out at the first cell, then kept. A
/// failure is not kept, so that a host put right needs no new backend.
template <class = IfUsed>
class BasicHost {
public:
    explicit BasicHost(GVisorConfig config) : config_{std::move(config)} {}

    [[nodiscard]] const GVisorConfig& config() const noexcept { return config_; }

    /// Absolute: runsc's processes are found by it, and a recovery may be another program.
    [[nodiscard]] std::filesystem::path state_path() const {
        return config_.state_directory.empty() ? os::default_state_directory()
                                               : std::filesystem::absolute(config_.state_directory);
    }

    /// Lives as long as this object. Thread-safe.
    [[nodiscard]] Result<const HostFacts*> facts() {
        const std::lock_guard lock{mutex_};
        if (!facts_) {
            auto found = find();
            if (!found) return failure_of(found);
            facts_ = std::move(*found);
        }
        return &*facts_;
    }

private:
    [[nodiscard]] Result<HostFacts> find() const {
        HostFacts facts;
        auto runsc = find_runsc(config_);
        if (!runsc) return failure_of(runsc);
        facts.runsc = std::move(*runsc);

        facts.state_path = state_path();
        // runsc's control socket lies in there, and the path of a socket has 107 bytes (unix(7)).
        constexpr std::size_t longest = 40;
        if (facts.state_path.native().size() > longest) {
            return failure(
                CellosError::Kind::Host,
                "the state directory's path is longer than " + std::to_string(longest) +
                    " bytes: " + facts.state_path.string()
            );
        }
        auto state = os::open_private_directory(facts.state_path);
        if (!state) return failure_of(state);
        facts.state = std::move(*state);
        facts.cgroups = os::find_cgroup_hierarchies(config_.cgroup_parent);

        if (std::holds_alternative<SystemRootfs>(config_.rootfs)) {
            auto rootfs = SystemRootfsTemplate::read(config_.user);
            if (!rootfs) return failure_of(rootfs);
            facts.system_rootfs = std::move(*rootfs);
        }
        if (config_.sha256) {
            auto kernel = digest_file(config_.sha256, facts.runsc.path);
            if (!kernel) return failure_of(kernel);
            facts.kernel_digest = std::move(*kernel);
            if (const auto* directory = std::get_if<DirectoryRootfs>(&config_.rootfs)) {
                auto rootfs = digest_tree(config_.sha256, directory->path);
                if (!rootfs) return failure_of(rootfs);
                facts.rootfs_digest = std::move(*rootfs);
            }
        }
        return facts;
    }

    GVisorConfig config_;
    std::mutex mutex_;
    std::optional<HostFacts> facts_;
};

using Host = BasicHost<>;

} // namespace cellos::inline CELLOS_ABI::gvisor
