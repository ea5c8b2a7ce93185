#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/host_etc.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/sandbox/config.hpp>

#include <optional>
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
/// `/etc/alternatives` are bound. The rest of `/etc` is the cell's own: users and hosts that reveal
/// nothing about the host, and the host's files that every program may need (the cache of the
/// dynamic linker, certificates, the time zone, services, protocols), or that links below `/usr`
/// lead to: the settings of Java, Maven, R and others. A large directory of these is bound. A
/// program that needs more of `/etc` gets it by a HostMount. Const members are thread-safe.
class SystemRootfsTemplate {
public:
    /// Reads the files from the host; `user` will be among the cell's users. Looks for links below
    /// `/usr`, which takes some tens of milliseconds, unless `state` is an open directory that
    /// keeps what was found (kept_links_into_etc()). The error (Host) names what could not be read.
    [[nodiscard]] CELLOS_DECL static Result<SystemRootfsTemplate> read(
        CellUser user, std::optional<int> state = std::nullopt
    );

    /// For CellFacts::bound_system_directories: those that are there now.
    [[nodiscard]] CELLOS_DECL std::vector<std::string> bound_system_directories() const;

    /// Creates the root as a new directory `name` below `parent`, an open directory that stays the
    /// caller's, with these mount points. It has copies of what is in a directory of `/etc` that is
    /// not among them, and nothing at the places of mounts. After an error (Host) parts of it may
    /// exist.
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
    [[nodiscard]] Result<void> read_etc_of_host(CellUser user, std::optional<int> state);
    [[nodiscard]] Result<void> copy_etc(int root, std::span<const MountPoint> points) const;

    std::vector<std::string> bound_;
    HostEtc etc_;
    std::vector<Entry> files_;
    std::vector<Entry> links_;
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/system_rootfs.ipp>
#endif
