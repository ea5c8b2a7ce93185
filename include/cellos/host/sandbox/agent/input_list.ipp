#pragma once

#include <cellos/core/text_syntax.hpp>
#include <cellos/core/visible.hpp>
#include <cellos/host/sandbox/agent/input_list.hpp>
#include <cellos/os/tree_listing.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace cellos::inline CELLOS_ABI::sandbox::agent {

CELLOS_DECL Result<InputList> InputList::of(std::span<const InputFile> inputs) {
    InputList list;
    for (const InputFile& input : inputs) {
        if (const auto* directory = std::get_if<HostDirectory>(&input.source)) {
            if (auto added = list.add_tree(input, directory->path); !added)
                return failure_of(added);
        } else {
            list.add_parents(input.name);
            list.files_.push_back({&input, nullptr, input.name, 0, input.mode});
        }
    }
    if (auto settled = list.settle_directories(); !settled) return failure_of(settled);
    return list;
}

CELLOS_DECL Result<Request> InputList::next(std::uint32_t id) {
    constexpr std::size_t most_files = 64;
    const auto files = std::span{files_}.subspan(next_);
    const auto part = files.first((std::min)(files.size(), most_files));
    next_ += part.size();
    // They can be closed for good once everything is in them.
    const auto directories =
        next_ == files_.size() ? std::exchange(directories_, {}) : std::vector<std::string>{};
    Request request =
        put_request(id, Directory::Inputs, part.size() + directories.size(), CellUser{0, 0});
    for (const Entry& entry : part)
        if (auto added = add_to(request, entry); !added) return failure_of(added);
    constexpr std::uint32_t readable = 0555;
    for (const std::string& directory : directories) request.add_file(directory, 0, readable);
    return request;
}

inline Result<void> InputList::add_tree(const InputFile& input, const std::filesystem::path& path) {
    auto root = os::open_tree(path.native());
    if (!root) return failure_of(root);
    const os::Descriptor& tree = trees_.emplace_back(*std::move(root));
    const std::string prefix = input.name.empty() ? "" : input.name + '/';
    constexpr std::size_t longest = longest_path - std::string_view{"/inputs/"}.size();
    const auto depth = static_cast<std::size_t>(std::ranges::count(prefix, '/'));
    auto listed = os::list_tree(
        tree.get(),
        path.native(),
        {.entries = InputTree::most_entries,
         .depth = most_path_components - (std::min)(depth, most_path_components),
         .path_bytes = longest - (std::min)(prefix.size(), longest),
         .all_path_bytes = InputTree::most_path_bytes,
         .bytes = InputTree::most_bytes}
    );
    if (!listed) return failure_of(listed);
    add_parents(prefix);
    for (os::TreeEntry& entry : *listed) {
        std::string name = prefix + entry.path;
        if (entry.is_directory)
            directories_.push_back(std::move(name) + '/');
        else
            files_.push_back(
                {&input, &tree, std::move(name), prefix.size(), entry.is_executable ? 0555U : 0444U}
            );
    }
    return {};
}

// `a/` and `a/b/` of `a/b/c`.
inline void InputList::add_parents(const std::string& path) {
    for (auto end = path.find('/'); end != path.npos; end = path.find('/', end + 1))
        directories_.push_back(path.substr(0, end + 1));
}

// Each once, those that lead to others behind them; and no two files are one.
inline Result<void> InputList::settle_directories() {
    std::ranges::sort(directories_, std::ranges::greater{});
    const auto twice = std::ranges::unique(directories_);
    directories_.erase(twice.begin(), twice.end());

    const auto clash = [](const std::string& path, std::string_view what) {
        return failure(
            CellosError::Kind::InvalidSpec,
            "inputs: /inputs/" + visible(path) + ' ' + std::string{what}
        );
    };
    std::vector<std::string_view> paths;
    paths.reserve(files_.size());
    for (const Entry& entry : files_) paths.push_back(entry.path);
    std::ranges::sort(paths);
    if (const auto same = std::ranges::adjacent_find(paths); same != paths.end())
        return clash(std::string{*same}, "is there twice");
    for (const std::string& directory : directories_) {
        const auto path = std::string_view{directory}.substr(0, directory.size() - 1);
        if (std::ranges::binary_search(paths, path))
            return clash(std::string{path}, "is a file and a directory");
    }
    return {};
}

inline Result<void> InputList::add_to(Request& request, const Entry& entry) {
    if (const auto* bytes = std::get_if<std::string>(&entry.input->source)) {
        request.add_file(entry.path, bytes->size(), entry.mode);
        request.add(std::string_view{*bytes});
        return {};
    }
    const auto* directory = std::get_if<HostDirectory>(&entry.input->source);
    auto opened =
        directory != nullptr
            ? os::open_listed(
                  entry.tree->get(), directory->path.native(), entry.path.substr(entry.prefix)
              )
            : os::open_to_copy(std::get<std::filesystem::path>(entry.input->source).native());
    if (!opened) return failure_of(opened);
    request.add_file(entry.path, opened->bytes, entry.mode);
    request.add(Request::FilePart{std::move(opened->file), opened->bytes});
    return {};
}

} // namespace cellos::inline CELLOS_ABI::sandbox::agent
