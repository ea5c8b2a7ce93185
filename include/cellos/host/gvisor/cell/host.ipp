#pragma once

#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/sandbox/agent/image.hpp>
#include <cellos/host/sandbox/digest.hpp>
#include <cellos/os/state_directory.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL Host::Host(GVisorConfig config) : config_{std::move(config)} {}

CELLOS_DECL std::filesystem::path Host::state_path() const {
    return config_.state_directory.empty() ? os::default_state_directory()
                                           : std::filesystem::absolute(config_.state_directory);
}

CELLOS_DECL Result<const HostFacts*> Host::facts() {
    const std::lock_guard lock{mutex_};
    if (!facts_) {
        auto found = find();
        if (!found) return failure_of(found);
        facts_ = std::move(*found);
    }
    return &*facts_;
}

inline Result<HostFacts> Host::find() const {
    HostFacts facts;
    auto runsc = find_runsc(config_);
    if (!runsc) return failure_of(runsc);
    facts.runsc = std::move(*runsc);
    auto agent = sandbox::agent::agent_program(config_.agent);
    if (!agent) return failure_of(agent);
    facts.agent = std::move(*agent);

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
        // Kept only where more programs look: another directory may be as short-lived as this one.
        std::optional<int> keeper;
        if (config_.state_directory.empty()) keeper = facts.state.get();
        auto rootfs = SystemRootfsTemplate::read(config_.user, keeper);
        if (!rootfs) return failure_of(rootfs);
        facts.system_rootfs = std::move(*rootfs);
    }
    if (config_.sha256) {
        auto kernel = sandbox::digest_file(config_.sha256, facts.runsc.path);
        if (!kernel) return failure_of(kernel);
        facts.kernel_digest = std::move(*kernel);
        if (const auto* directory = std::get_if<DirectoryRootfs>(&config_.rootfs)) {
            auto rootfs = sandbox::digest_tree(config_.sha256, directory->path);
            if (!rootfs) return failure_of(rootfs);
            facts.rootfs_digest = std::move(*rootfs);
        }
    }
    return facts;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
