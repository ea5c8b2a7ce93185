#pragma once

#include <cellos/host/gvisor/config.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// What differs from run to run, or from host to host, and is neither the document's nor the
/// operator's to say.
struct BundleParameters {
    /// The cell's root directory: absolute, or relative to the bundle.
    std::string root_path = "rootfs";
    /// The agent's program on the host: absolute, or relative to the bundle.
    std::filesystem::path agent = "agent";
    /// The cell has a place for input files, `/inputs`.
    bool takes_inputs = false;
    /// Further mounts of this run, under the same rules as the operator's.
    std::vector<HostMount> mounts{};
    /// Those of sandbox::system_directories that are directories of the host, not links into its
    /// `/usr`, and directories in its `/etc` that cells see as a whole.
    std::vector<std::string> bound_system_directories{};
    /// A DirectoryRootfs holds files at the working directory, which a scratch file system would
    /// hide.
    bool working_directory_has_content = false;
    /// A cgroup around the sandbox enforces `limits.cpuMax` and `limits.cpuTimeMs`. Else a document
    /// that has one is refused.
    bool cgroup_limits_cpu = false;
};

} // namespace cellos::inline CELLOS_ABI
