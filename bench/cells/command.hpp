#pragma once

#include "contestant.hpp"
#include "outlet.hpp"

#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/state_directory.hpp>
#include <cellos/os/wait.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cellos_bench {

/// A program of the host that is started, and is done when it has ended. May run several times at
/// once.
class Command {
public:
    /// `argv[0]` is a path. OCI runtimes want an id of each run's own at the end.
    explicit Command(std::vector<std::string> argv, bool wants_id = false)
        : argv_{std::move(argv)}, wants_id_{wants_id} {}

    /// Runs where /sys/fs/cgroup is what is mounted at `hierarchy`: crun 1.8 refuses a host that
    /// has both versions of control groups, as this may be.
    Command with_cgroups_of(const char* hierarchy) && {
        cgroups_ = hierarchy;
        return std::move(*this);
    }

    /// `workload` tells only what becomes of the output.
    [[nodiscard]] Sample operator()(const Workload& workload) const {
        cellos::os::SpawnRequest request{
            .program = argv_.front(),
            .argv = argv_,
            .environment = cellos::gvisor::runsc_environment(),
        };
        if (wants_id_) request.argv.push_back(cellos::os::random_id().value());
        const auto errors = cellos::os::make_memory_file("stderr").value();
        request.stdio[2] = errors.get();
        const auto outlet = make_outlet(workload);
        if (outlet) request.stdio[1] = outlet->write_end();
        cellos::os::Descriptor cgroups;
        if (cgroups_ != nullptr) {
            constexpr unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
            cgroups = cellos::os::Descriptor{
                static_cast<int>(::syscall(SYS_open_tree, AT_FDCWD, cgroups_, flags))};
            request.mounts.push_back({cgroups.get(), "/sys/fs/cgroup"});
        }

        const auto start = Clock::now();
        auto child = cellos::os::spawn(request).value().release();
        if (!child) throw std::runtime_error{child.error().what()};
        static_cast<void>(cellos::os::wait_readable(child->pidfd(), Clock::time_point::max()));
        const auto end = child->reap().value();
        Sample sample{.to_exit = Clock::now() - start};
        if (end.signaled || end.value != 0) {
            throw std::runtime_error{
                (end.signaled ? "signal " : "code ") + std::to_string(end.value) + ": " +
                cellos::os::memory_file_text(errors.get())};
        }
        if (outlet) outlet->finish(start, sample);
        return sample;
    }

private:
    std::vector<std::string> argv_;
    bool wants_id_;
    const char* cgroups_ = nullptr; ///< a literal
};

} // namespace cellos_bench
