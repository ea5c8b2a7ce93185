#pragma once

#include <cellos/os/descriptor.hpp>
#include <cellos/os/remove_tree.hpp>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

namespace detail {

struct CloseDirectory {
    void operator()(DIR* stream) const noexcept { ::closedir(stream); }
};
using DirectoryStream = std::unique_ptr<DIR, CloseDirectory>;

enum class Removed : std::uint8_t { Yes, NotEmpty, Failed };

// A file, or a directory that is empty. The kernel refuses a mount point before it looks whether it
// is empty.
[[nodiscard]] inline Removed remove_one(int directory, const char* name) noexcept {
    if (::unlinkat(directory, name, 0) == 0 || errno == ENOENT) return Removed::Yes;
    if (errno != EISDIR) return Removed::Failed;
    if (::unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return Removed::Yes;
    return errno == ENOTEMPTY || errno == EEXIST ? Removed::NotEmpty : Removed::Failed;
}

// Takes apart what is below one directory, the root. A directory deeper than its children is moved
// up to be one of them, so that nothing is ever more than two levels away.
class TreeRemoval {
public:
    [[nodiscard]] static Result<void> empty(int parent, const std::string& name) {
        auto root = open_directory(parent, name.c_str());
        if (!root) return failure_of(root);
        TreeRemoval removal{::dirfd(root->get())};
        return for_each_entry(**root, [&](const char* child) {
            return removal.remove_child(child);
        });
    }

private:
    explicit TreeRemoval(int root) noexcept : root_{root} {}

    [[nodiscard]] static Result<DirectoryStream> open_directory(int parent, const char* name) {
        auto directory = open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (!directory) return failure_of(directory);
        DirectoryStream stream{::fdopendir(directory->get())};
        if (!stream) return failure(std::string{"cannot read "} + name);
        static_cast<void>(directory->release());
        return stream;
    }

    // Until it is empty: what a pass removes or adds may hide entries from it.
    template <class Remove>
    [[nodiscard]] static Result<void> for_each_entry(DIR& stream, Remove remove) {
        for (bool found = true; found;) {
            found = false;
            ::rewinddir(&stream);
            errno = 0;
            while (const dirent* entry = ::readdir(&stream)) {
                const std::string_view name{entry->d_name};
                if (name == "." || name == "..") continue;
                found = true;
                if (auto removed = remove(entry->d_name); !removed) return removed;
                errno = 0;
            }
            if (errno != 0) return failure("cannot read a directory");
        }
        return {};
    }

    [[nodiscard]] Result<void> remove_child(const char* name) {
        const Removed removed = remove_one(root_, name);
        if (removed == Removed::Yes) return {};
        if (removed == Removed::Failed) return cannot_remove(name);
        auto child = open_directory(root_, name);
        if (!child) return failure_of(child);
        const int directory = ::dirfd(child->get());
        auto emptied = for_each_entry(**child, [&](const char* grandchild) {
            return remove_or_move_up(directory, grandchild);
        });
        if (!emptied) return emptied;
        if (::unlinkat(root_, name, AT_REMOVEDIR) == -1) return cannot_remove(name);
        return {};
    }

    [[nodiscard]] Result<void> remove_or_move_up(int directory, const char* name) {
        switch (remove_one(directory, name)) {
        case Removed::Yes: return {};
        case Removed::Failed: break;
        case Removed::NotEmpty:
            do {
                const std::string free = std::to_string(next_name_++);
                if (::renameat(directory, name, root_, free.c_str()) == 0) return {};
            } while (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR);
        }
        return cannot_remove(name);
    }

    [[nodiscard]] static tl::unexpected<CellosError> cannot_remove(const char* name) {
        return failure(std::string{"cannot remove "} + name);
    }

    int root_;
    std::uint64_t next_name_ = 0;
};

} // namespace detail

CELLOS_DECL Result<void> remove_tree(int directory, const std::string& name) {
    switch (detail::remove_one(directory, name.c_str())) {
    case detail::Removed::Yes: return {};
    case detail::Removed::Failed: break;
    case detail::Removed::NotEmpty:
        if (auto emptied = detail::TreeRemoval::empty(directory, name); !emptied) return emptied;
        if (::unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0) return {};
    }
    return failure("cannot remove " + name);
}

} // namespace cellos::inline CELLOS_ABI::os
