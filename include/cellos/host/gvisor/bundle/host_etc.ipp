#pragma once

#include <cellos/host/gvisor/bundle/host_etc.hpp>
#include <cellos/host/sandbox/places.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/state_directory.hpp>

#include <limits.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// No program looks for its settings in these, and half of all directories are in them. Of
// share/locale there is one link, to a file that every cell has.
inline constexpr std::array<std::string_view, 8> without_settings{
    "usr/include",
    "usr/lib/debug",
    "usr/share/doc",
    "usr/share/icons",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/man",
    "usr/src"};

// What no cell is shown, whatever its mode.
inline constexpr std::array<std::string_view, 26> not_for_cells{
    // The cell has its own, or they say whose host it is.
    "etc/fstab",
    "etc/group",
    "etc/hostname",
    "etc/hosts",
    "etc/machine-id",
    "etc/mtab",
    "etc/nsswitch.conf",
    "etc/passwd",
    "etc/resolv.conf",
    // Every cell has it already.
    "etc/alternatives",
    // Keys and passwords of the host and of its users, which careless hands make readable.
    "etc/gshadow",
    "etc/shadow",
    "etc/ssh",
    "etc/ssl/private",
    "etc/sudoers",
    "etc/sudoers.d",
    // Passwords are found in the variables and sources that administrators write there.
    "etc/apt",
    "etc/default",
    "etc/environment",
    "etc/environment.d",
    "etc/profile.d",
    "etc/systemd",
    // Keys of networks.
    "etc/NetworkManager",
    "etc/netplan",
    "etc/wireguard",
    "etc/wpa_supplicant"};

inline constexpr std::size_t most_entries = 8192;
inline constexpr std::size_t most_bytes = std::size_t{32} << 20;
inline constexpr off_t largest_file = off_t{4} << 20;

using OpenDirectory = std::unique_ptr<DIR, decltype([](DIR* stream) { ::closedir(stream); })>;

[[nodiscard]] inline OpenDirectory open_directory(int parent, const char* path) noexcept {
    const int fd = ::openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1) return nullptr;
    OpenDirectory directory{::fdopendir(fd)};
    if (!directory) ::close(fd);
    return directory;
}

[[nodiscard]] inline bool is_dot(const char* name) noexcept {
    return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0;
}

[[nodiscard]] inline std::optional<std::string> link_target(int directory, const char* name) {
    std::array<char, PATH_MAX> target; // NOLINT(cppcoreguidelines-pro-type-member-init): large
    const ssize_t size = ::readlinkat(directory, name, target.data(), target.size());
    if (size <= 0 || static_cast<std::size_t>(size) == target.size()) return std::nullopt;
    return std::string{target.data(), static_cast<std::size_t>(size)};
}

// Where a link in `directory`, a path without links, leads: without a slash at the beginning.
[[nodiscard]] inline std::string resolved(std::string_view directory, std::string_view target) {
    std::string path{target.starts_with('/') ? std::string_view{} : directory};
    while (!target.empty()) {
        const std::string_view component = target.substr(0, target.find('/'));
        target.remove_prefix((std::min)(component.size() + 1, target.size()));
        if (component == "..") {
            const std::size_t slash = path.rfind('/');
            path.erase(slash == std::string::npos ? 0 : slash);
        } else if (!component.empty() && component != ".") {
            if (!path.empty()) path += '/';
            path += component;
        }
    }
    return path;
}

// Changes when packages or programs come and go.
[[nodiscard]] inline std::string state_of_packages(
    const std::filesystem::path& host, std::span<const std::string> directories
) {
    std::string text = "cellos host-etc 1\n";
    for (const std::string& directory : directories) text += directory + '\n';
    for (const char* path :
         {"etc",
          "etc/alternatives",
          "lib/apk/db/installed",
          "usr",
          "usr/bin",
          "usr/lib",
          "usr/lib/jvm",
          "usr/lib/sysimage/rpm",
          "usr/lib/sysimage/rpm/rpmdb.sqlite",
          "usr/lib64",
          "usr/local",
          "usr/local/bin",
          "usr/local/lib",
          "usr/local/share",
          "usr/share",
          "var/lib/dpkg/status",
          "var/lib/pacman/local",
          "var/lib/rpm/Packages",
          "var/lib/rpm/rpmdb.sqlite"}) {
        struct stat status {};
        if (::stat((host / path).c_str(), &status) == -1) continue;
        for (const auto number :
             {static_cast<long long>(status.st_dev),
              static_cast<long long>(status.st_ino),
              static_cast<long long>(status.st_ctim.tv_sec),
              static_cast<long long>(status.st_ctim.tv_nsec)})
            text += std::to_string(number) + ' ';
        text += std::string{path} + '\n';
    }
    return text;
}

// Another program may read it meanwhile, or write it as well.
inline void keep_file(int directory, const char* name, std::string_view content) {
    const auto id = os::random_id();
    if (!id) return;
    const std::string draft = std::string{name} + '-' + *id;
    if (!os::write_new_file(directory, draft.c_str(), content, 0600) ||
        ::renameat(directory, draft.c_str(), directory, name) == -1)
        ::unlinkat(directory, draft.c_str(), 0);
}

// Nobody's fault, and no reason to do without the rest: it has gone, or is not for this user.
[[nodiscard]] inline bool is_absence(int error) noexcept {
    return error == ENOENT || error == ENOTDIR || error == EACCES || error == ELOOP;
}

// Collects what links_into_etc() looks for.
class EtcLinks {
public:
    void look_into(
        int parent, const std::string& path, const char* name, int depth, bool near_one
    ) {
        if (std::ranges::find(without_settings, path) != without_settings.end()) return;
        const OpenDirectory directory = open_directory(parent, name);
        if (!directory) {
            if (!is_absence(errno) && done_) done_ = os::failure("cannot look into /" + path);
            return;
        }
        std::vector<std::string> below;
        const int fd = ::dirfd(directory.get());
        while (const dirent* entry = ::readdir(directory.get())) {
            unsigned char type = entry->d_type;
            // Some file systems don't tell.
            if (type == DT_UNKNOWN) type = type_of(fd, entry->d_name);
            if (type == DT_LNK)
                near_one = note(fd, path, entry->d_name) || near_one;
            else if (type == DT_DIR && !is_dot(entry->d_name))
                below.emplace_back(entry->d_name);
        }
        constexpr int deepest = 4;
        constexpr int deepest_near_one = 12;
        if (depth >= (near_one ? deepest_near_one : deepest)) return;
        for (const std::string& child : below)
            look_into(fd, path + '/' + child, child.c_str(), depth + 1, near_one);
    }

    [[nodiscard]] Result<std::vector<std::string>> take() {
        if (!done_) return failure_of(done_);
        std::ranges::sort(found_);
        const auto [first, last] = std::ranges::unique(found_);
        found_.erase(first, last);
        return std::move(found_);
    }

private:
    [[nodiscard]] static unsigned char type_of(int directory, const char* name) noexcept {
        struct stat status {};
        if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == -1) return DT_UNKNOWN;
        return IFTODT(status.st_mode);
    }

    // Whether that link leads to settings.
    bool note(int directory, const std::string& path, const char* name) {
        const auto target = link_target(directory, name);
        // Most links lead elsewhere, and this says so sooner than resolved().
        if (!target || target->find("etc/") == std::string::npos) return false;
        std::string place = resolved(path, *target);
        if (!place.starts_with("etc/") || sandbox::at_or_below(place, "etc/alternatives"))
            return false;
        found_.push_back(std::move(place));
        return true;
    }

    std::vector<std::string> found_;
    Result<void> done_{};
};

// What read_etc() does.
class EtcReader {
public:
    explicit EtcReader(const std::filesystem::path& host) : host_{host} {}

    // Returns whether something is there now.
    bool add(std::string_view path, int links = 0) {
        constexpr int most_links = 16;
        if (links > most_links || !path.starts_with("etc/")) return false;
        for (std::size_t end = 0; end != path.size();) {
            end = (std::min)(path.find('/', end + 1), path.size());
            const std::string here{path.substr(0, end)};
            if (sandbox::in_any(not_for_cells, here)) return false;
            struct stat status {};
            if (::lstat((host_ / here).c_str(), &status) == -1) return false;
            if (S_ISLNK(status.st_mode))
                return here.size() > 3 && add_link(here, path.substr(end), links);
            if (S_ISDIR(status.st_mode)) {
                if ((status.st_mode & S_IXOTH) == 0) return false;
                if (end == path.size()) return add_tree(here, status.st_mode, links);
            } else {
                return end == path.size() && S_ISREG(status.st_mode) && add_file(here);
            }
        }
        return false;
    }

    [[nodiscard]] Result<HostEtc> take() {
        if (!done_) return failure_of(done_);
        return std::move(etc_);
    }

private:
    bool fail_to_read(const std::string& path) {
        if (!is_absence(errno) && done_) done_ = os::failure("cannot read /" + path);
        return false;
    }

    bool put(const std::string& path, HostEtc::Entry entry) {
        if (etc_.entries.size() >= most_entries || bytes_ + entry.content.size() > most_bytes)
            return false;
        for (std::size_t slash = path.find('/'); slash != std::string::npos;
             slash = path.find('/', slash + 1))
            etc_.entries.try_emplace(
                path.substr(0, slash), HostEtc::Entry{HostEtc::Kind::Directory}
            );
        bytes_ += entry.content.size();
        etc_.entries.insert_or_assign(path, std::move(entry));
        return true;
    }

    bool add_link(const std::string& path, std::string_view rest, int links) {
        auto target = link_target(AT_FDCWD, (host_ / path).c_str());
        if (!target) return false;
        const std::string place = resolved(path.substr(0, path.rfind('/')), *target);
        // Of what cells don't see anything else is not copied: it could be anything.
        const bool shown =
            place.starts_with("usr/") || sandbox::in_any(sandbox::system_directories, '/' + place);
        if (!shown && !add(place + std::string{rest}, links + 1)) return false;
        return put(path, {HostEtc::Kind::Link, std::move(*target)});
    }

    bool add_tree(const std::string& path, mode_t mode, int links) {
        if ((mode & S_IROTH) == 0) return false;
        if (!listed_.insert(path).second) return true;
        const OpenDirectory directory = open_directory(AT_FDCWD, (host_ / path).c_str());
        if (!directory) return fail_to_read(path);
        if (!put(path, {HostEtc::Kind::Directory})) return false;
        while (const dirent* entry = ::readdir(directory.get())) {
            if (is_dot(entry->d_name)) continue;
            const std::string child = path + '/' + entry->d_name;
            if (etc_.entries.size() >= most_entries) break;
            if (!etc_.entries.contains(child)) add(child, links + 1);
        }
        return true;
    }

    bool add_file(const std::string& path) {
        if (etc_.entries.contains(path)) return true;
        const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
        const auto file = os::open_at(AT_FDCWD, (host_ / path).c_str(), flags);
        if (!file) return fail_to_read(path);
        // Of the file that was opened: by now it may be another one.
        struct stat status {};
        if (::fstat(file->get(), &status) == -1) return fail_to_read(path);
        if (!S_ISREG(status.st_mode) || (status.st_mode & S_IROTH) == 0) return false;
        if (status.st_size > largest_file) return false;
        auto content = os::read_all(file->get(), largest_file);
        if (!content) {
            if (done_) done_ = failure_of(content);
            return false;
        }
        const bool program = (status.st_mode & S_IXOTH) != 0;
        return put(
            path, {program ? HostEtc::Kind::Program : HostEtc::Kind::File, *std::move(content)}
        );
    }

    const std::filesystem::path& host_;
    HostEtc etc_;
    std::set<std::string> listed_; // links may lead back
    std::size_t bytes_ = 0;
    Result<void> done_{};
};

// What somebody else may change could become a link to anything after it was looked at.
[[nodiscard]] inline bool is_trusted(const struct stat& status) noexcept {
    const bool ours = status.st_uid == 0 || status.st_uid == ::geteuid();
    return ours && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// Counts what is in a directory of the host; nothing if not everybody may see it all, or if others
// may change it.
[[nodiscard]] inline std::optional<std::size_t> count_readable(
    const std::filesystem::path& host, const std::string& path
) {
    const OpenDirectory directory = open_directory(AT_FDCWD, (host / path).c_str());
    struct stat own {};
    if (!directory || ::fstat(::dirfd(directory.get()), &own) == -1 || !is_trusted(own))
        return std::nullopt;
    std::size_t count = 0;
    while (const dirent* entry = ::readdir(directory.get())) {
        if (is_dot(entry->d_name)) continue;
        const std::string child = path + '/' + entry->d_name;
        struct stat status {};
        if (++count > most_entries || sandbox::in_any(not_for_cells, child) ||
            ::fstatat(::dirfd(directory.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == -1)
            return std::nullopt;
        // A link leads to what the cell has at that place, or nowhere.
        if (S_ISLNK(status.st_mode)) continue;
        const mode_t needed = S_ISDIR(status.st_mode) ? S_IROTH | S_IXOTH : S_IROTH;
        if ((status.st_mode & needed) != needed) return std::nullopt;
        if (S_ISREG(status.st_mode)) continue;
        const auto below = S_ISDIR(status.st_mode) ? count_readable(host, child) : std::nullopt;
        if (!below) return std::nullopt;
        count += *below;
    }
    return count;
}

inline void find_whole_directories(HostEtc& etc, const std::filesystem::path& host) {
    // A mount costs as much as a dozen files.
    constexpr std::ptrdiff_t worth_a_mount = 12;
    const auto& entries = etc.entries;
    for (const auto& [path, entry] : entries) {
        const std::string place = '/' + path;
        if (entry.kind != HostEtc::Kind::Directory || path == "etc") continue;
        const bool is_in_one =
            std::ranges::any_of(etc.whole_directories, [&](const std::string& whole) {
                return sandbox::at_or_below(place, whole);
            });
        const auto shown =
            std::distance(entries.lower_bound(path + '/'), entries.lower_bound(path + '0'));
        if (is_in_one || shown < worth_a_mount) continue;
        struct stat parent {};
        const auto above = (host / path).parent_path();
        if (::lstat(above.c_str(), &parent) == -1 || !is_trusted(parent)) continue;
        const auto all = count_readable(host, path);
        if (all && *all <= 2 * static_cast<std::size_t>(shown))
            etc.whole_directories.push_back(place);
    }
}

} // namespace detail

CELLOS_DECL Result<std::vector<std::string>> links_into_etc(
    const std::filesystem::path& host, std::span<const std::string> directories
) {
    detail::EtcLinks links;
    for (const std::string& directory : directories)
        links.look_into(AT_FDCWD, directory, (host / directory).c_str(), 0, false);
    return links.take();
}

CELLOS_DECL Result<std::vector<std::string>> kept_links_into_etc(
    int state, const std::filesystem::path& host, std::span<const std::string> directories
) {
    constexpr const char* name = "host-etc";
    // What changes while the links are looked for is seen the next time.
    std::string text = detail::state_of_packages(host, directories) + '\n';
    const auto kept = os::read_file(state, name);
    if (kept && kept->starts_with(text) && kept->ends_with("\n\n")) {
        std::vector<std::string> links;
        std::string_view lines = std::string_view{*kept}.substr(text.size());
        for (std::size_t end = 0; (end = lines.find('\0')) != std::string_view::npos;) {
            links.emplace_back(lines.substr(0, end));
            lines.remove_prefix(end + 1);
        }
        return links;
    }
    auto links = links_into_etc(host, directories);
    if (!links) return links;
    for (const std::string& link : *links) text.append(link).append(1, '\0');
    detail::keep_file(state, name, text + "\n\n");
    return links;
}

CELLOS_DECL Result<HostEtc> read_etc(
    const std::filesystem::path& host, std::span<const std::string> paths
) {
    detail::EtcReader reader{host};
    for (const std::string& path : paths) reader.add(path);
    auto etc = reader.take();
    if (etc) detail::find_whole_directories(*etc, host);
    return etc;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
