/// @file
/// The cell's root directory on the host: made per cell for SystemRootfs, checked for
/// DirectoryRootfs, so that runsc finds every place that it would otherwise make on the host.
#pragma once

#ifdef __linux__

#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/gvisor/config.hpp>
#include <cellos/os/descriptor.hpp>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// What `path` is; 0 if there is nothing.
template <class = IfUsed>
[[nodiscard]] mode_t file_type(
    int directory, const char* path, int flags = AT_SYMLINK_NOFOLLOW
) noexcept {
    struct stat status {};
    return ::fstatat(directory, path, &status, flags) == 0 ? status.st_mode & S_IFMT : 0;
}

// Calls `step(directory, component, is_last)` for each component of a path of the cell and goes
// down from one to the next, through nothing but directories: a link could lead into what is
// mounted elsewhere in the cell.
template <class Step>
[[nodiscard]] Result<void> descend(int root, std::string_view path, Step step) {
    os::Descriptor held;
    int directory = root;
    while (path.starts_with('/')) {
        path.remove_prefix(1);
        const std::string component{path.substr(0, path.find('/'))};
        path.remove_prefix(component.size());
        if (component.empty()) continue;
        if (Result<void> done = step(directory, component, path.empty()); !done) return done;
        if (path.empty()) break;
        constexpr int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
        auto next = os::open_at(directory, component.c_str(), flags);
        if (!next) return failure_of(next);
        held = std::move(*next);
        directory = held.get();
    }
    return {};
}

// Makes a directory that anybody may enter, whatever the umask of this process. One that exists is
// left as it is.
template <class = IfUsed>
[[nodiscard]] Result<void> make_directory(int directory, const std::string& path) {
    if (::mkdirat(directory, path.c_str(), 0755) == 0) {
        if (::fchmodat(directory, path.c_str(), 0755, 0) == 0) return {};
    } else if (errno == EEXIST && file_type(directory, path.c_str()) == S_IFDIR) {
        return {};
    }
    return os::failure("cannot make the directory " + path);
}

// Makes a file that anybody may read.
template <class = IfUsed>
[[nodiscard]] Result<void> make_file(
    int directory, const std::string& path, std::string_view content
) {
    auto file =
        os::open_at(directory, path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
    if (!file) return failure_of(file);
    if (::fchmod(file->get(), 0644) == -1) return os::failure("cannot make " + path);
    return os::write_all(file->get(), content);
}

// The type that a mount point must have: that of what is mounted there.
template <class = IfUsed>
[[nodiscard]] mode_t needed_type(const MountPoint& point) noexcept {
    if (!point.source) return S_IFDIR;
    return file_type(AT_FDCWD, point.source->c_str(), 0) == S_IFDIR ? S_IFDIR : S_IFREG;
}

template <class = IfUsed>
[[nodiscard]] Result<void> make_mount_point(int root, const MountPoint& point) {
    const mode_t type = needed_type(point);
    const auto make = [type](int directory, const std::string& name, bool is_last) {
        if (!is_last || type == S_IFDIR) return make_directory(directory, name);
        if (file_type(directory, name.c_str()) == S_IFREG) return Result<void>{};
        return make_file(directory, name, {});
    };
    auto made = descend(root, point.cell, make);
    if (!made) made.error().message.insert(0, "no place for " + point.cell + " in the cell: ");
    return made;
}

template <class = IfUsed>
[[nodiscard]] bool is_there(int root, std::string_view path, mode_t type) {
    const auto look = [type](int directory, const std::string& name, bool is_last) -> Result<void> {
        if (file_type(directory, name.c_str()) == (is_last ? type : S_IFDIR)) return {};
        return failure(CellosError::Kind::Host, "not there");
    };
    return descend(root, path, look).has_value();
}

} // namespace detail

/// The cell's `/etc/hosts`; always of one size, so that a name can be written over another.
template <class = IfUsed>
[[nodiscard]] std::string hosts_file(std::string_view hostname) {
    constexpr std::size_t size = 128; // a host name has at most 63
    std::string text = "127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.1.1\t";
    text.append(hostname);
    text.resize(size, '\n');
    return text;
}

/// Gives the host another name in the root `name` of `parent`.
template <class = IfUsed>
[[nodiscard]] Result<void> name_host(
    int parent, const std::string& name, std::string_view hostname
) {
    auto file = os::open_at(parent, (name + "/etc/hosts").c_str(), O_WRONLY | O_NOFOLLOW);
    if (!file) return failure_of(file);
    return os::write_all(file->get(), hosts_file(hostname));
}

/// What is bound into the cell must be there: runsc only says "EOF" of what isn't. One line for
/// each that is missing.
template <class = IfUsed>
[[nodiscard]] Result<void> check_mount_sources(std::span<const MountPoint> points) {
    std::string missing;
    for (const MountPoint& point : points) {
        if (!point.source || detail::file_type(AT_FDCWD, point.source->c_str(), 0) != 0) continue;
        missing.append(missing.empty() ? "" : "\n")
            .append("cannot mount " + point.source->native() + " at " + point.cell)
            .append(": there is no such file or directory on the host");
    }
    if (missing.empty()) return {};
    return failure(CellosError::Kind::Host, std::move(missing));
}

/// A working directory that the host keeps (working_directory_on_host()) must be there.
template <class = IfUsed>
[[nodiscard]] Result<void> check_working_directory(const PlaceOnHost& place) {
    auto directory = os::open_at(AT_FDCWD, place.directory.c_str(), O_PATH | O_DIRECTORY);
    if (directory && detail::is_there(directory->get(), '/' + place.below, S_IFDIR)) return {};
    return failure(
        CellosError::Kind::Host,
        "spec.run.workingDirectory: there is no directory " +
            (place.directory / place.below).native() + " on the host, reached without links"
    );
}

/// A rootfs that the cell does not own must be a directory and hold every mount point, reached
/// without links. The error says what to make.
template <class = IfUsed>
[[nodiscard]] Result<void> check_directory_rootfs(
    const std::filesystem::path& path, std::span<const MountPoint> points
) {
    const auto root = os::open_at(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY);
    if (!root) {
        return failure(
            CellosError::Kind::Host, "the rootfs " + path.native() + " is not a directory"
        );
    }
    std::string missing;
    for (const MountPoint& point : points) {
        const mode_t type = detail::needed_type(point);
        if (detail::is_there(root->get(), point.cell, type)) continue;
        missing.append(missing.empty() ? "" : "\n")
            .append("the rootfs " + path.native() + " has no ")
            .append(type == S_IFDIR ? "directory " : "file ")
            .append(point.cell + ", which the cell needs: make one (not a link)");
    }
    if (missing.empty()) return {};
    return failure(CellosError::Kind::Host, std::move(missing));
}

/// Whether a DirectoryRootfs holds files at this place of the cell (BundleParameters asks). False
/// where nothing is.
template <class = IfUsed>
[[nodiscard]] bool has_content(const std::filesystem::path& rootfs, std::string_view cell) {
    std::error_code error;
    const std::filesystem::directory_iterator entries{rootfs / cell.substr(1), error};
    return !error && entries != std::filesystem::directory_iterator{};
}

/// The host's toolchain without the host's files, read once and written for each cell: `/usr` and
/// `/etc/alternatives` are bound; the rest of `/etc` is the cell's own and holds what programs need
/// to start (the cache of the dynamic linker, certificates, the time zone, and users, hosts and
/// services that name nobody of the host). A program that needs more of `/etc` gets it by a
/// HostMount.
template <class = IfUsed>
class BasicSystemRootfsTemplate {
public:
    /// Reads what the host has of it.
    [[nodiscard]] static Result<BasicSystemRootfsTemplate> read(CellUser user) {
        BasicSystemRootfsTemplate rootfs;
        rootfs.read_system_directories();
        rootfs.write_users(user);
        rootfs.files_.push_back({"etc/resolv.conf", {}});
        rootfs.files_.push_back({"etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"}
        );
        for (const char* path :
             {"etc/ld.so.cache",
              "etc/localtime",
              "etc/ssl/openssl.cnf",
              "etc/ssl/certs/ca-certificates.crt"}) {
            if (auto copied = rootfs.copy(path); !copied) return failure_of(copied);
        }
        return rootfs;
    }

    /// For BundleParameters::bound_system_directories.
    [[nodiscard]] const std::vector<std::string>& bound_system_directories() const noexcept {
        return bound_;
    }

    /// Makes the root as a new directory `name` of `parent`, with these mount points. On a failure
    /// parts of it may be there.
    [[nodiscard]] Result<void> materialise(
        int parent,
        const std::string& name,
        std::string_view hostname,
        std::span<const MountPoint> points
    ) const {
        if (auto made = detail::make_directory(parent, name); !made) return made;
        const auto root = os::open_at(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (!root) return failure_of(root);
        for (const char* path :
             {"proc", "sys", "dev", "tmp", "usr", "inputs", "etc", "etc/ssl", "etc/ssl/certs"}) {
            if (auto made = detail::make_directory(root->get(), path); !made) return made;
        }
        for (const Entry& link : links_) {
            if (::symlinkat(link.content.c_str(), root->get(), link.path.c_str()) == -1)
                return os::failure("cannot make the link " + link.path);
        }
        for (const Entry& file : files_) {
            if (auto made = detail::make_file(root->get(), file.path, file.content); !made)
                return made;
        }
        if (auto made = detail::make_file(root->get(), "etc/hosts", hosts_file(hostname)); !made)
            return made;
        for (const MountPoint& point : points) {
            if (auto made = detail::make_mount_point(root->get(), point); !made) return made;
        }
        return {};
    }

private:
    // A path below the root, and the content of the file or the target of the link.
    struct Entry {
        std::string path;
        std::string content;
    };

    // A link on the host that leads into `/usr`, as it can stand in the cell too.
    [[nodiscard]] static std::optional<std::string> link_into_usr(const std::string& path) {
        std::error_code error;
        std::string target = std::filesystem::read_symlink(path, error).native();
        if (error || !(target.starts_with("/usr/") || target.starts_with("usr/")))
            return std::nullopt;
        return target;
    }

    void read_system_directories() {
        for (const std::string_view directory : system_directories) {
            const std::string path{directory};
            if (auto target = link_into_usr(path)) {
                links_.push_back({path.substr(1), std::move(*target)});
            } else if (detail::file_type(AT_FDCWD, path.c_str(), 0) == S_IFDIR) {
                bound_.push_back(path);
            }
        }
    }

    void write_users(CellUser user) {
        std::string passwd = "root:x:0:0:root:/root:/bin/sh\n"
                             "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n";
        std::string group = "root:x:0:\nnogroup:x:65534:\n";
        const std::string uid = std::to_string(user.uid);
        const std::string gid = std::to_string(user.gid);
        if (user.uid != 0 && user.uid != 65534)
            passwd += "cell:x:" + uid + ':' + gid + "::/:/bin/sh\n";
        if (user.gid != 0 && user.gid != 65534) group += "cell:x:" + gid + ":\n";
        files_.push_back({"etc/passwd", std::move(passwd)});
        files_.push_back({"etc/group", std::move(group)});
    }

    // What the host doesn't have the cell doesn't get either.
    [[nodiscard]] Result<void> copy(const std::string& path) {
        const std::string source = '/' + path;
        if (auto target = link_into_usr(source)) {
            links_.push_back({path, std::move(*target)});
            return {};
        }
        if (detail::file_type(AT_FDCWD, source.c_str(), 0) != S_IFREG) return {};
        constexpr std::size_t limit = std::size_t{16} << 20;
        auto content = os::read_file(AT_FDCWD, source.c_str(), limit);
        if (!content) return failure_of(content);
        files_.push_back({path, std::move(*content)});
        return {};
    }

    std::vector<std::string> bound_;
    std::vector<Entry> files_;
    std::vector<Entry> links_;
};

using SystemRootfsTemplate = BasicSystemRootfsTemplate<>;

} // namespace cellos::inline CELLOS_ABI::gvisor

#endif
