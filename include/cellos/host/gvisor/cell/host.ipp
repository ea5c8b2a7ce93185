#pragma once

#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/runsc/version.hpp>
#include <cellos/host/sandbox/agent/image.hpp>
#include <cellos/host/sandbox/digest.hpp>
#include <cellos/os/state_directory.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// What is to be done about a control socket that cannot be hidden, for the reason `cause`: nothing,
// a caveat, or an error.
[[nodiscard]] inline Result<std::vector<std::string>> caveats_without_private_network(
    const Runsc& runsc, const GVisorConfig& config, const CellosError& cause
) {
    auto version = ask_version(runsc, os::Clock::now() + config.runsc_deadline);
    if (!version) return failure_of(version);
    const auto release = release_in(*version);
    if (!control_socket_is_exposed(release)) return std::vector<std::string>{};
    const std::string exposed = "every user of this host can reach the control socket of " +
                                runsc.path.native() + " (" + *version + "): " + cause.message;
    if (config.trust_local_users) return std::vector{exposed};
    return failure(
        CellosError::Kind::Unsupported,
        exposed + "; install runsc " + std::to_string(first_with_private_control_socket) +
            " or later, or let this process make network namespaces (CAP_SYS_ADMIN, or user "
            "namespaces; sysctl user.max_net_namespaces, user.max_user_namespaces), or trust all "
            "users of this host (GVisorConfig::trust_local_users)"
    );
}

} // namespace detail

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
    if (auto made = os::NetworkNamespace::make()) {
        facts.private_network = *std::move(made);
    } else {
        auto caveats = detail::caveats_without_private_network(facts.runsc, config_, made.error());
        if (!caveats) return failure_of(caveats);
        facts.caveats = *std::move(caveats);
    }
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
