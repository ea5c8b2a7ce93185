#pragma once

#include <cellos/host/gvisor/config.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// What differs from run to run, or from host to host, and is neither the document's nor the
/// operator's to say.
struct BundleParameters {
    /// The cell's root directory: absolute, or relative to the bundle.
    std::string root_path = "rootfs";
    /// The whole environment as `NAME=value`, without secrets. Nothing: what the document says.
    std::optional<std::vector<std::string>> environment{};
    /// The directory of the host that the cell sees, read-only, as `/inputs`.
    std::optional<std::filesystem::path> inputs{};
    /// Further mounts of this run, under the same rules as the operator's.
    std::vector<HostMount> mounts{};
    /// Those of sandbox::system_directories that are directories of the host, not links into its
    /// `/usr`.
    std::vector<std::string> bound_system_directories{};
    /// A DirectoryRootfs holds files at the working directory, which a scratch file system would
    /// hide.
    bool working_directory_has_content = false;
    /// A cgroup around the sandbox enforces `limits.memoryMaxBytes`. Else each process is held to
    /// it alone.
    bool cgroup_limits_memory = false;
    /// A cgroup around the sandbox enforces `limits.cpuMax`. Else a document that has one is
    /// refused.
    bool cgroup_limits_cpu = false;
};

} // namespace cellos::inline CELLOS_ABI
