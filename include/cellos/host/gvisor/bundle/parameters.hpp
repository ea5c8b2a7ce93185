#pragma once

#include <cellos/host/gvisor/config.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// Parameters of a bundle that differ between runs or hosts, and that come neither from the
/// document nor from the operator's config.
struct BundleParameters {
    /// The cell's root directory: absolute, or relative to the bundle.
    std::string root_path = "rootfs";
    /// The whole environment as `NAME=value`, without secrets. Empty: the document's.
    std::optional<std::vector<std::string>> environment{};
    /// The directory of the host that the cell sees, read-only, as `/inputs`.
    std::optional<std::filesystem::path> inputs{};
    /// Additional mounts of this run, with the same rules as the operator's.
    std::vector<HostMount> mounts{};
    /// Those of sandbox::system_directories that are directories of the host, not links into its
    /// `/usr`.
    std::vector<std::string> bound_system_directories{};
    /// A DirectoryRootfs has files at the working directory, which a scratch file system would
    /// hide.
    bool working_directory_has_content = false;
    /// A control group around the sandbox enforces `limits.memoryMaxBytes`. Otherwise the limit
    /// applies to each process separately.
    bool cgroup_limits_memory = false;
    /// A control group around the sandbox enforces `limits.cpuMax`. Otherwise a document with one
    /// is refused.
    bool cgroup_limits_cpu = false;
};

} // namespace cellos::inline CELLOS_ABI
