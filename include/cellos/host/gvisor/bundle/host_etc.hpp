#pragma once

#include <cellos/core/result.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// What the programs below `/usr` need of the host's `/etc`: packages have their settings there,
/// and links to them below `/usr`.

namespace cellos::inline CELLOS_ABI::gvisor {

/// A part of the host's `/etc`, with what its files contain.
struct HostEtc {
    enum class Kind : std::uint8_t { Directory, File, Program, Link };

    struct Entry {
        Kind kind = Kind::File;
        std::string content{}; ///< of a file, or the target of a link
    };

    /// By path, such as `etc/services`; a directory comes before what is in it.
    std::map<std::string, Entry, std::less<>> entries{};
    /// Directories such as `/etc/ssl/certs` that are cheaper to bind than to copy: most of what is
    /// in them is in `entries`, everybody may read the rest, and only root may change it.
    std::vector<std::string> whole_directories{};
};

/// The paths such as `etc/maven` that links below `directories` (such as `usr`) lead to, without
/// those in `/etc/alternatives`. `host` is the root of the host's file system. Looks at the
/// directories down to the fourth level, and further below those that have such a link; not at
/// documentation, headers and sources. The error is Host. Thread-safe.
[[nodiscard]] CELLOS_DECL Result<std::vector<std::string>> links_into_etc(
    const std::filesystem::path& host, std::span<const std::string> directories
);

/// links_into_etc(), kept in the file `host-etc` of the open directory `state` (which stays the
/// caller's, and which nobody else may change) until a package is installed or removed, or
/// something else changes in the directories that programs are in. It is kept if that can be done.
/// Thread-safe.
[[nodiscard]] CELLOS_DECL Result<std::vector<std::string>> kept_links_into_etc(
    int state, const std::filesystem::path& host, std::span<const std::string> directories
);

/// Reads what is at `paths`, such as `etc/maven`, and all that links lead to from there. Left out
/// is what not everybody may read, what is known to hold secrets or to describe the host, what is
/// larger than 4 MiB, and what is beyond 8192 entries or 32 MiB altogether. The error (Host) names
/// what should have been readable. Thread-safe.
[[nodiscard]] CELLOS_DECL Result<HostEtc> read_etc(
    const std::filesystem::path& host, std::span<const std::string> paths
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/host_etc.ipp>
#endif
