#pragma once

#include <cellos/core/visible.hpp>
#include <cellos/os/contained_open.hpp>
#include <cellos/os/tree_listing.hpp>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace cellos::inline CELLOS_ABI::os {

namespace detail {

inline std::string below(std::string_view directory, std::string_view path) {
    std::string joined{directory};
    if (!joined.empty() && !joined.ends_with('/') && !path.empty()) joined += '/';
    return joined.append(path);
}

[[nodiscard]] inline tl::unexpected<CellosError> cannot_copy(
    std::string_view path, std::string_view why
) {
    std::string message = "cannot copy " + visible(path) + ": ";
    return cellos::failure(CellosError::Kind::Host, message.append(why));
}

inline std::string why_not(int error) {
    if (error == ELOOP) return "it is a symbolic link";
    if (error == EXDEV) return "another file system is mounted there";
    return std::generic_category().message(error);
}

inline const char* kind_of(mode_t mode) noexcept {
    switch (mode & S_IFMT) {
    case S_IFREG: return "it is a regular file";
    case S_IFDIR: return "it is a directory";
    case S_IFLNK: return "it is a symbolic link";
    case S_IFIFO: return "it is a FIFO";
    case S_IFSOCK: return "it is a socket";
    default: return "it is a device";
    }
}

// `file` may be none.
[[nodiscard]] inline Result<OpenedFile> opened_to_copy(Descriptor file, std::string_view shown) {
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) == -1) return cannot_copy(shown, why_not(errno));
    if (!S_ISREG(info.st_mode)) return cannot_copy(shown, kind_of(info.st_mode));
    return OpenedFile{std::move(file), static_cast<std::uint64_t>(info.st_size)};
}

// One directory after the other, so that there is no recursion, and few descriptors are open.
class TreeWalk {
public:
    TreeWalk(int root, std::string_view shown_as, const TreeBounds& bounds) noexcept
        : root_{root}, shown_as_{shown_as}, bounds_{bounds} {}

    [[nodiscard]] Result<std::vector<TreeEntry>> go() {
        std::vector<std::string> directories{""};
        while (!directories.empty()) {
            const std::string path = std::move(directories.back());
            directories.pop_back();
            const std::size_t begin = entries_.size();
            if (auto read = read_directory(path); !read) return failure_of(read);
            for (std::size_t i = begin; i < entries_.size(); ++i)
                if (entries_[i].is_directory) directories.push_back(entries_[i].path);
        }
        std::ranges::sort(entries_, {}, &TreeEntry::path);
        return std::move(entries_);
    }

private:
    struct Close {
        void operator()(DIR* stream) const noexcept { ::closedir(stream); }
    };

    [[nodiscard]] Result<void> read_directory(const std::string& path) {
        constexpr int flags = O_RDONLY | O_DIRECTORY;
        Descriptor opened = try_open_contained(root_, path.empty() ? "." : path.c_str(), flags);
        if (!opened) return refuse(path, why_not(errno));
        const std::unique_ptr<DIR, Close> stream{::fdopendir(opened.get())};
        if (!stream) return refuse(path, why_not(errno));
        const int directory = opened.release(); // the stream's
        for (;;) {
            errno = 0;
            const dirent* const found = ::readdir(stream.get());
            if (found == nullptr) break;
            const std::string_view name{found->d_name};
            if (name == "." || name == "..") continue;
            if (auto added = add(directory, found->d_name, below(path, name)); !added) return added;
        }
        if (errno != 0) return refuse(path, why_not(errno));
        return {};
    }

    [[nodiscard]] Result<void> add(int directory, const char* name, std::string path) {
        // Before anything of it is kept.
        if (entries_.size() == bounds_.entries)
            return refuse("", beyond(bounds_.entries, "files and directories"));
        const auto depth = static_cast<std::size_t>(std::ranges::count(path, '/')) + 1;
        if (depth > bounds_.depth)
            return refuse(path, "it lies deeper than " + std::to_string(bounds_.depth) + " names");
        if (path.size() > bounds_.path_bytes) return refuse(path, "its path is too long");
        all_path_bytes_ += path.size();
        if (all_path_bytes_ > bounds_.all_path_bytes)
            return refuse("", beyond(bounds_.all_path_bytes, "bytes of names"));
        struct stat info {};
        if (::fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) == -1)
            return refuse(path, why_not(errno));
        TreeEntry entry{.path = std::move(path), .is_directory = S_ISDIR(info.st_mode)};
        if (!entry.is_directory) {
            if (!S_ISREG(info.st_mode)) return refuse(entry.path, kind_of(info.st_mode));
            entry.is_executable = (info.st_mode & S_IXUSR) != 0;
            entry.bytes = static_cast<std::uint64_t>(info.st_size);
            if (entry.bytes > bounds_.bytes - bytes_)
                return refuse("", beyond(bounds_.bytes, "bytes"));
            bytes_ += entry.bytes;
        }
        entries_.push_back(std::move(entry));
        return {};
    }

    [[nodiscard]] static std::string beyond(std::uint64_t most, std::string_view of_what) {
        return ("there are more than " + std::to_string(most) + ' ').append(of_what) + " in it";
    }

    [[nodiscard]] tl::unexpected<CellosError> refuse(std::string_view path, std::string_view why)
        const {
        return cannot_copy(below(shown_as_, path), why);
    }

    int root_;
    std::string_view shown_as_;
    const TreeBounds& bounds_;
    std::vector<TreeEntry> entries_{};
    std::size_t all_path_bytes_ = 0;
    std::uint64_t bytes_ = 0;
};

// What should turn out to be a FIFO, a device or a terminal is not waited for.
inline constexpr int copying_flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;

} // namespace detail

CELLOS_DECL Result<std::vector<TreeEntry>> list_tree(
    int directory, std::string_view shown_as, const TreeBounds& bounds
) {
    return detail::TreeWalk{directory, shown_as, bounds}.go();
}

CELLOS_DECL Result<OpenedFile> open_listed(
    int directory, std::string_view shown_as, const std::string& path
) {
    Descriptor file = try_open_contained(directory, path.c_str(), detail::copying_flags);
    const int error = errno;
    const std::string shown = detail::below(shown_as, path);
    errno = error;
    return detail::opened_to_copy(std::move(file), shown);
}

CELLOS_DECL Result<OpenedFile> open_to_copy(const std::string& path) {
    Descriptor file{retry_on_interrupt([&] {
        return ::open(path.c_str(), detail::copying_flags | O_CLOEXEC);
    })};
    return detail::opened_to_copy(std::move(file), path);
}

CELLOS_DECL Result<Descriptor> open_tree(const std::string& path) {
    Descriptor directory{retry_on_interrupt([&] {
        return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    })};
    if (!directory) return detail::cannot_copy(path, detail::why_not(errno));
    return directory;
}

} // namespace cellos::inline CELLOS_ABI::os
