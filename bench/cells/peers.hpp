#pragma once

#include "../bare_bundle.hpp"
#include "command.hpp"
#include "contestant.hpp"

#include <cellos/os/tool.hpp>

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// @file
/// What else runs a command on this host, each on the root file system that the backend makes for a
/// cell: one bind of the host's /usr, no network.

namespace cellos_bench {

[[nodiscard]] inline std::string program_path(const std::string& name) {
    auto path = cellos::os::find_program(name, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin");
    if (!path) throw std::runtime_error{name + " is not installed"};
    return *path;
}

[[nodiscard]] inline std::vector<std::string> join(
    std::vector<std::string> first, const std::vector<std::string>& second
) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

class Peers {
public:
    Peers(cellos::GVisorConfig config, Workload workload)
        : config_{config},
          workload_{std::move(workload)},
          bundle_{std::make_shared<BareBundle>(std::move(config), document_of(workload_))} {}

    [[nodiscard]] Contestant bare_runsc() const {
        return contestant("runsc run", Command{bundle_->command("bare"), true}, config_.platform);
    }
    [[nodiscard]] Contestant no_sandbox() const {
        auto argv = workload_.argv;
        argv.front() = program_path(argv.front());
        return contestant("no sandbox", Command{std::move(argv)});
    }
    [[nodiscard]] Contestant bwrap() const {
        std::vector<std::string> argv{
            program_path("bwrap"),
            "--unshare-all",
            "--uid",
            "65534",
            "--gid",
            "65534",
            "--ro-bind",
            bundle_->rootfs(),
            "/",
            "--ro-bind",
            "/usr",
            "/usr",
            "--proc",
            "/proc",
            "--dev",
            "/dev",
            "--tmpfs",
            "/tmp",
            "--"};
        return contestant("bwrap", Command{join(std::move(argv), workload_.argv)});
    }
    [[nodiscard]] Contestant crun() const {
        Command command{
            {program_path("crun"),
             "--root=" + bundle_->scratch("crun").native(),
             "--cgroup-manager=disabled",
             "run",
             "--bundle=" + bundle_->bundle().native()},
            true};
        constexpr auto* cgroup2_beside_version_1 = "/sys/fs/cgroup/unified";
        if (std::filesystem::exists(cgroup2_beside_version_1))
            command = std::move(command).with_cgroups_of(cgroup2_beside_version_1);
        return contestant("crun", std::move(command));
    }
    [[nodiscard]] Contestant runc() const {
        return contestant(
            "runc",
            Command{
                {program_path("runc"),
                 "--root=" + bundle_->scratch("runc").native(),
                 "run",
                 "--bundle=" + bundle_->bundle().native()},
                true}
        );
    }
    [[nodiscard]] Contestant podman() const {
        std::vector<std::string> argv{
            program_path("podman"),
            "--root=" + bundle_->scratch("podman").native(),
            // Podman takes 50 characters at most.
            "--runroot=" + bundle_->scratch("p").native(),
            "--storage-driver=vfs",
            "--cgroup-manager=cgroupfs",
            "--runtime=" + bundle_->command("").front(),
            "--runtime-flag=platform=" + config_.platform,
            "--runtime-flag=network=none",
            "--runtime-flag=ignore-cgroups",
            "run",
            "--rm",
            "--network=none",
            "--cgroup-parent=cellos-bench-podman",
            "--user=65534:65534",
            "--read-only",
            "--volume=/usr:/usr:ro",
            "--rootfs",
            bundle_->rootfs()};
        auto podman = contestant(
            "podman, runsc", Command{join(std::move(argv), workload_.argv)}, config_.platform
        );
        podman.every = 5;
        return podman;
    }

private:
    [[nodiscard]] Contestant contestant(
        std::string name, Command command, std::string platform = {}
    ) const {
        return {
            .name = std::move(name),
            .platform = std::move(platform),
            .run = [command = std::make_shared<Command>(std::move(command)),
                    bundle = bundle_,
                    workload = workload_] { return (*command)(workload); }};
    }

    cellos::GVisorConfig config_;
    Workload workload_;
    std::shared_ptr<BareBundle> bundle_;
};

} // namespace cellos_bench
