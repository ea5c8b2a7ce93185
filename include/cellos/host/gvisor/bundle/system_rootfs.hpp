#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/sandbox/config.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// The root directory of a cell with SystemRootfs; each cell gets its own.

namespace cellos::inline CELLOS_ABI::gvisor {

/// The cell's `/etc/hosts`. Its size does not depend on the name, so that a name can be overwritten
/// with another.
[[nodiscard]] CELLOS_DECL std::string hosts_file(std::string_view hostname);

/// Changes the host name in `/etc/hosts` of the root `name` below `parent`, an open directory that
/// stays the caller's. The error is Host.
[[nodiscard]] CELLOS_DECL Result<void> name_host(
    int parent, const std::string& name, std::string_view hostname
);

/// The host's toolchain without the host's files, read once and written for each cell. `/usr` and
/// `/etc/alternatives` are bound. The rest of `/etc` is written for the cell and has what programs
/// need to start: the cache of the dynamic linker, certificates, the time zone, and users, hosts
/// and services that reveal nothing about the host. A program that needs more of `/etc` gets it by
/// a HostMount. Const members are thread-safe.
class SystemRootfsTemplate {
public:
    /// Reads the files from the host; `user` will be among the cell's users. The error (Host) names
    /// the file that could not be read.
    [[nodiscard]] CELLOS_DECL static Result<SystemRootfsTemplate> read(CellUser user);

    /// For CellFacts::bound_system_directories.
    [[nodiscard]] const std::vector<std::string>& bound_system_directories() const noexcept {
        return bound_;
    }

    /// Creates the root as a new directory `name` below `parent`, an open directory that stays the
    /// caller's, with these mount points. After an error (Host) parts of it may exist.
    [[nodiscard]] CELLOS_DECL Result<void> materialise(
        int parent,
        const std::string& name,
        std::string_view hostname,
        std::span<const MountPoint> points
    ) const;

private:
    // A path below the root, and the content of the file or the target of the link.
    struct Entry {
        std::string path;
        std::string content;
    };

    void read_system_directories();
    void write_users(CellUser user);
    [[nodiscard]] Result<void> copy(const std::string& path);

    std::vector<std::string> bound_;
    std::vector<Entry> files_;
    std::vector<Entry> links_;
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/system_rootfs.ipp>
#endif
