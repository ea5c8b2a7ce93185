#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/sandbox/config.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// The root directory of a cell with SystemRootfs, which is made for each cell and is its own.

namespace cellos::inline CELLOS_ABI::gvisor {

/// The cell's `/etc/hosts`; always of one size, so that a name can be written over another.
[[nodiscard]] CELLOS_DECL std::string hosts_file(std::string_view hostname);

/// Gives the host another name in the root `name` of `parent`, an open directory that the caller
/// keeps.
[[nodiscard]] CELLOS_DECL Result<void> name_host(
    int parent, const std::string& name, std::string_view hostname
);

/// The host's toolchain without the host's files, read once and written for each cell: `/usr` and
/// `/etc/alternatives` are bound; the rest of `/etc` is the cell's own and holds what programs need
/// to start (the cache of the dynamic linker, certificates, the time zone, and users, hosts and
/// services that name nobody of the host). A program that needs more of `/etc` gets it by a
/// HostMount. Const members may be called from several threads.
class SystemRootfsTemplate {
public:
    /// Reads what the host has of it, with `user` among the cell's users. The error (Host) names
    /// the file that could not be read.
    [[nodiscard]] CELLOS_DECL static Result<SystemRootfsTemplate> read(CellUser user);

    /// For CellFacts::bound_system_directories.
    [[nodiscard]] const std::vector<std::string>& bound_system_directories() const noexcept {
        return bound_;
    }

    /// Makes the root as a new directory `name` of `parent`, an open directory that the caller
    /// keeps, with these mount points. On a failure (Host) parts of it may be there.
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
