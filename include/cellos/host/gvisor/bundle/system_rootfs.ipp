#pragma once

#include <cellos/host/gvisor/bundle/root_walk.hpp>
#include <cellos/host/gvisor/bundle/system_rootfs.hpp>
#include <cellos/host/sandbox/places.hpp>
#include <cellos/os/descriptor.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// Makes a directory that anybody may enter, whatever the umask of this process. One that exists is
// left as it is.
[[nodiscard]] inline Result<void> make_directory(int directory, const std::string& path) {
    if (::mkdirat(directory, path.c_str(), 0755) == 0) {
        if (::fchmodat(directory, path.c_str(), 0755, 0) == 0) return {};
    } else if (errno == EEXIST && file_type(directory, path.c_str()) == S_IFDIR) {
        return {};
    }
    return os::failure("cannot make the directory " + path);
}

// Makes a file that anybody may read.
[[nodiscard]] inline Result<void> make_file(
    int directory, const std::string& path, std::string_view content, mode_t mode = 0644
) {
    return os::write_new_file(directory, path.c_str(), content, mode);
}

[[nodiscard]] inline Result<void> make_mount_point(int root, const MountPoint& point) {
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

[[nodiscard]] inline Result<void> make_link(
    int directory, const std::string& path, const std::string& target
) {
    if (::symlinkat(target.c_str(), directory, path.c_str()) == 0) return {};
    return os::failure("cannot make the link " + path);
}

// A link on the host that leads into `/usr`, as it can stand in the cell too.
[[nodiscard]] inline std::optional<std::string> link_into_usr(const std::string& path) {
    std::error_code error;
    std::string target = std::filesystem::read_symlink(path, error).native();
    if (error || !(target.starts_with("/usr/") || target.starts_with("usr/"))) return std::nullopt;
    return target;
}

} // namespace detail

CELLOS_DECL std::string hosts_file(std::string_view hostname) {
    constexpr std::size_t size = 128; // a host name has at most 63
    std::string text = "127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.1.1\t";
    text.append(hostname);
    text.resize(size, '\n');
    return text;
}

CELLOS_DECL Result<void> name_host(int parent, const std::string& name, std::string_view hostname) {
    auto file = os::open_at(parent, (name + "/etc/hosts").c_str(), O_WRONLY | O_NOFOLLOW);
    if (!file) return failure_of(file);
    return os::write_all(file->get(), hosts_file(hostname));
}

CELLOS_DECL Result<SystemRootfsTemplate> SystemRootfsTemplate::read(
    CellUser user, std::optional<int> state
) {
    SystemRootfsTemplate rootfs;
    rootfs.read_system_directories();
    rootfs.write_users(user);
    rootfs.files_.push_back({"etc/resolv.conf", {}});
    rootfs.files_.push_back(
        {"etc/nsswitch.conf",
         "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n"}
    );
    if (auto read = rootfs.read_etc_of_host(user, state); !read) return failure_of(read);
    return rootfs;
}

CELLOS_DECL std::vector<std::string> SystemRootfsTemplate::bound_system_directories() const {
    std::vector<std::string> there;
    // Since they were found, a package may have been removed.
    for (const std::string& directory : bound_)
        if (detail::file_type(AT_FDCWD, directory.c_str()) == S_IFDIR) there.push_back(directory);
    return there;
}

CELLOS_DECL Result<void> SystemRootfsTemplate::materialise(
    int parent,
    const std::string& name,
    std::string_view hostname,
    std::span<const MountPoint> points
) const {
    if (auto made = detail::make_directory(parent, name); !made) return made;
    const auto root = os::open_at(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!root) return failure_of(root);
    for (const char* path :
         {"proc", "sys", "dev", "tmp", "var", "usr", "inputs", "etc", "etc/ssl", "etc/ssl/certs"}) {
        if (auto made = detail::make_directory(root->get(), path); !made) return made;
    }
    for (const Entry& link : links_) {
        if (auto made = detail::make_link(root->get(), link.path, link.content); !made) return made;
    }
    for (const Entry& file : files_) {
        if (auto made = detail::make_file(root->get(), file.path, file.content); !made) return made;
    }
    if (auto made = detail::make_file(root->get(), "etc/hosts", hosts_file(hostname)); !made)
        return made;
    if (auto copied = copy_etc(root->get(), points); !copied) return copied;
    for (const MountPoint& point : points) {
        if (auto made = detail::make_mount_point(root->get(), point); !made) return made;
    }
    // A file system of its own would cost each cell more; unless something is mounted there.
    if (::symlinkat("../tmp", root->get(), "var/tmp") == -1 && errno != EEXIST)
        return os::failure("cannot make the link var/tmp");
    return {};
}

inline void SystemRootfsTemplate::read_system_directories() {
    for (const std::string_view directory : sandbox::system_directories) {
        const std::string path{directory};
        if (auto target = detail::link_into_usr(path)) {
            links_.push_back({path.substr(1), std::move(*target)});
        } else if (detail::file_type(AT_FDCWD, path.c_str(), 0) == S_IFDIR) {
            bound_.push_back(path);
        }
    }
}

inline void SystemRootfsTemplate::write_users(CellUser user) {
    const auto home_of = [user](std::uint32_t uid, const char* other) {
        return uid == user.uid ? sandbox::home_place : other;
    };
    // Java looks for the home directory here, and not at HOME.
    std::string passwd = std::string{"root:x:0:0:root:"} + home_of(0, "/root") + ":/bin/sh\n" +
                         "nobody:x:65534:65534:nobody:" + home_of(65534, "/") +
                         ":/usr/sbin/nologin\n";
    std::string group = "root:x:0:\nnogroup:x:65534:\n";
    const std::string uid = std::to_string(user.uid);
    const std::string gid = std::to_string(user.gid);
    if (user.uid != 0 && user.uid != 65534)
        passwd += "cell:x:" + uid + ':' + gid + "::" + sandbox::home_place + ":/bin/sh\n";
    if (user.gid != 0 && user.gid != 65534) group += "cell:x:" + gid + ":\n";
    files_.push_back({"etc/passwd", std::move(passwd)});
    files_.push_back({"etc/group", std::move(group)});
}

inline Result<void> SystemRootfsTemplate::read_etc_of_host(
    CellUser user, std::optional<int> state
) {
    // What every program may look for, and links of packages that choose programs and settings.
    std::vector<std::string> paths{
        "etc/ld.so.cache",
        "etc/localtime",
        "etc/locale.alias",
        "etc/mime.types",
        "etc/os-release",
        "etc/protocols",
        "etc/services",
        "etc/ssl/certs/ca-certificates.crt",
        "etc/ssl/openssl.cnf"};
    std::vector<std::string> shown{"usr"};
    for (const std::string& directory : bound_) shown.push_back(directory.substr(1));
    auto found = state ? kept_links_into_etc(*state, "/", shown) : links_into_etc("/", shown);
    if (!found) return failure_of(found);
    std::ranges::move(*found, std::back_inserter(paths));
    auto etc = read_etc("/", paths);
    if (!etc) return failure_of(etc);
    etc_ = *std::move(etc);
    // In a bound directory root would also see what only root may read and comes there later.
    if (user.uid != 0 && user.gid != 0)
        bound_.insert(bound_.end(), etc_.whole_directories.begin(), etc_.whole_directories.end());
    return {};
}

inline Result<void> SystemRootfsTemplate::copy_etc(int root, std::span<const MountPoint> points)
    const {
    for (const auto& [path, entry] : etc_.entries) {
        const std::string place = '/' + path;
        const bool is_directory = entry.kind == HostEtc::Kind::Directory;
        const bool hidden = std::ranges::any_of(points, [&](const MountPoint& point) {
            return sandbox::at_or_below(place, point.cell) ||
                   (!is_directory && sandbox::at_or_below(point.cell, place));
        });
        if (hidden) continue;
        Result<void> made;
        if (is_directory)
            made = detail::make_directory(root, path);
        else if (entry.kind == HostEtc::Kind::Link)
            made = detail::make_link(root, path, entry.content);
        else
            made = detail::make_file(
                root, path, entry.content, entry.kind == HostEtc::Kind::Program ? 0755 : 0644
            );
        if (!made) return made;
    }
    return {};
}

} // namespace cellos::inline CELLOS_ABI::gvisor
